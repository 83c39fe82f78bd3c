"""The sentences of the built-in reviews: where the order of the words decides what they say."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.datasets.grammar import Choice, Polar, weighted

REVIEW: Mapping[str, Choice | Polar] = {
    "review": weighted({"{verdict+}": 50, "{aside}. {verdict+}": 32, "{verdict+} {aside}.": 18}),
    "verdict": weighted(
        {
            "{plain+}": 62,
            "{negated+}": 17,
            "{graded+}": 4,
            "{but_near+}": 8,
            "{but_far+}": 4,
            "{although_first+}": 3,
            "{although_last+}": 1.5,
            "{far_negation+}": 0.5,
        }
    ),
    # What a bag of words gets right.
    "plain": weighted(
        {
            "{says+}.": 8,
            "{says+}!": 1,
            "{says+}, and {says+}.": 7,
            "{says+} {once}.": 3,
            "{says+} {once}, and {says+}.": 1,
            "{later}, {says+}.": 2,
            "a {adj+} {item}.": 2.5,
            "what a {adj+} {item}!": 1,
            "{adj+}, {adj+}, {adj+}!": 0.5,
        }
    ),
    # What a window of a few words gets right.
    "negated": weighted(
        {
            "{denies+}.": 9,
            "not a {adj-} {item}.": 1.5,
            "not {adj-} at all!": 0.6,
            "{denies+}, and {says+}.": 1,
            "{denies+} {once}.": 1,
            "{later}, {denies+}.": 1,
            "{it} is more of a {noun+} than a {noun-}.": 0.6,
        }
    ),
    "graded": weighted(  # the stronger word counts
        {
            "{mild-}, {strong+}.": 1,
            "{strong+}; {mild-}.": 1,
            "{slightly} {adj-} and {utterly} {adj+}.": 0.5,
            "{utterly} {adj+} and {slightly} {adj-}.": 0.5,
        }
    ),
    "mild": weighted({"{subject} {be} {slightly} {adj+}": 3, "the {parts} {are} {slightly} {adj+}": 1}),
    "strong": weighted({"{subject} {be} {utterly} {adj+}": 3, "the {parts} {are} {utterly} {adj+}": 1}),
    "but_near": weighted(
        {
            "{subject} {be} {adj-} {but} {adj+}.": 2,
            "a {adj-} {start} {but} a {adj+} {finish}.": 1,
            "{adj-} {parts}, {but} {adj+} {parts}.": 1,
            "I {liked-} the {part} but {liked+} the {parts}.": 1.5,
            "I expected a {noun-} and found a {noun+}.": 0.7,
            "{claim-}, {but} {adj+} {parts}.": 1,
            "{claim-}, {but} I {liked+} {object}.": 1.5,
            "{claim-}, {but} the {part} {be} {adj+}.": 2,
            "{claim-}, {but} the {part} {did+}.": 1,
        }
    ),
    # What takes a memory: the word that decides stands far from the word that it decides on.
    "but_far": weighted(
        {"{claim-} {once}, {but} {later} {claim+}.": 3, "{claim-} {once}. However, {later} {claim+}.": 1}
    ),
    "although_first": weighted(
        {
            "{although} {claim-} {once}, {claim+}.": 2,
            "{although} {claim-}, {claim+} {once}.": 1,
            "{although} {claim-}, {claim+}.": 1,
        }
    ),
    "although_last": weighted({"{claim+}, {although} {claim-}.": 1, "{claim+} {once}, {although} {claim-}.": 1}),
    "far_negation": weighted(
        {"nobody {crowd} {called} {object} {adj-}.": 1, "everybody {crowd} {called} {object} {adj+}.": 1}
    ),
    "claim": weighted({"{says+}": 7, "{denies+}": 3}),
    "says": weighted(
        {
            "{subject} {be} {adj+}": 6,
            "{subject} {be} {very} {adj+}": 4,
            "the {parts} {are} {adj+}": 2,
            "the {parts} {are} {very} {adj+}": 1,
            "{it} {be_a} {adj+} {item}": 2,
            "{it} {be_a} {noun+}": 1,
            "I {liked+} {object}": 2,
            "I {truly} {liked+} {object}": 1,
            "{subject} {did+}": 2,
            "{subject} could be {better-}": 1,
        }
    ),
    "denies": weighted(
        {
            "{subject} {be_not} {adj-}": 7,
            "the {parts} {are_not} {adj-}": 2,
            "{it} {be_not_a} {adj-} {item}": 2,
            "{it} {be_not_a} {noun-}": 1,
            "I {did_not} {like-} {object}": 3,
            "{subject} {did_not} {do-}": 2,
            "nobody could call it {adj-}": 1,
            "there is nothing {adj-} about {object}": 1,
            "it is impossible to {like-} {object}": 1,
            "{subject} could not be {better+}": 1,
        }
    ),
    "adj": weighted({"{general+}": 3, "{own+}": 1}),
    "subject": weighted({"the {part}": 5, "{it}": 3, "its {part}": 1}),
    "object": weighted({"the {part}": 4, "{it}": 2, "the {parts}": 2}),
}
