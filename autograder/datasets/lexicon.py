"""The words of the built-in reviews: what every topic shares. In each list the most frequent come first."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.datasets.grammar import Choice, Polar, polar, zipf

WORDS: Mapping[str, Choice | Polar] = {
    "general": polar(
        bad="bad, dull, awful, boring, terrible, poor, tedious, dreadful, disappointing, horrible, mediocre, clumsy, "
        "forgettable, lifeless, tiresome, feeble, dreary, sloppy, dismal, pointless, annoying, hopeless, irritating, "
        "lousy",
        good="good, great, wonderful, excellent, charming, lovely, brilliant, delightful, superb, beautiful, clever, "
        "splendid, memorable, enjoyable, marvellous, terrific, elegant, satisfying, impressive, magnificent, "
        "refreshing, outstanding, remarkable, dazzling",
    ),
    "noun": polar(
        bad="mess, disaster, disappointment, failure, chore, bore, shambles, letdown, nightmare, fiasco",
        good="masterpiece, triumph, gem, treat, joy, delight, marvel, success, winner, revelation",
    ),
    "liked": polar(
        bad="hated, disliked, loathed, regretted, resented, despised, detested, cursed",
        good="loved, enjoyed, adored, liked, admired, cherished, savoured, treasured",
    ),
    "like": polar(
        bad="hate, dislike, loathe, regret, resent, despise, detest, curse",
        good="love, enjoy, adore, like, admire, cherish, savour, treasure",
    ),
    "did": polar(
        bad="annoyed me, bored us all, made me yawn, spoiled my evening, let me down, upset {companion}",
        good="delighted me, pleased us all, made me smile, lifted my mood, won me over, amused {companion}",
    ),
    "do": polar(
        bad="annoy me, bore me, disappoint me, make me yawn, upset {companion}",
        good="delight me, please me, impress me, make me smile, amuse {companion}",
    ),
    "better": polar(bad="worse", good="better"),
    "very": zipf("very, really, so, truly, quite, simply, rather, genuinely, surprisingly, remarkably, downright"),
    "truly": zipf("really, truly, quite, rather, secretly, genuinely, thoroughly"),
    "slightly": zipf("a bit, slightly, a little, somewhat, mildly, a touch, a shade, faintly"),
    "utterly": zipf("absolutely, utterly, completely, thoroughly, totally, immensely, wildly, incredibly"),
    "be": zipf("is, was, seemed, felt, looked, proved"),
    "are": zipf("are, were, seemed, felt, looked"),
    "be_not": zipf("is not, was not, isn't, is hardly, is never, wasn't, is far from, is anything but, is by no means"),
    "be_a": zipf("is a, was a, proved a, turned out a, remains a"),
    "be_not_a": zipf("is not a, was not a, isn't a, is hardly a, was never a, wasn't a"),
    "are_not": zipf("are not, were not, aren't, are hardly, are never, weren't, are far from, are anything but"),
    "did_not": zipf("did not, didn't, could not, couldn't"),
    "but": zipf("but, yet, but, but then"),
    "although": zipf("although, though, even though, while"),
    "start": zipf("start, beginning, idea, first impression, first hour"),
    "finish": zipf("finish, end, result, surprise, experience, last hour"),
    "once": zipf(
        "on that {weather} {day} in {city}, before {companion} came along, for the first half hour, "
        "while {companion} was talking, during our {number} days in {city}, for about {number} minutes, "
        "until {companion} fell asleep, with a {animal} on my feet, back in {city} with {companion}"
    ),
    "called": zipf("called, found, considered, declared, thought"),
    "companion": zipf(
        "my brother, my wife, my sister, a friend, my cousin, my aunt, my husband, {name}, my uncle, my neighbour, "
        "{name}, my mother, my boss, {name}, my daughter, my father, {name}, my flatmate, {name}, the whole office, "
        "my grandmother, {name}, my teacher, {name}, an old colleague, {name}, my landlord, {name}, my dentist"
    ),
    "name": zipf(
        "Anna, Tom, Maria, Ben, Sofia, James, Elena, Oscar, Ruth, Leo, Nina, Victor, Clara, Hugo, Alice, Felix, Marta, "
        "Simon, Julia, Omar, Ingrid, Pablo, Yasmin, Kenji, Priya, Dmitri, Fatima, Lars, Zoë, Renée, Chen, Ayesha, "
        "Bruno, Edith, Gustav, Helga, Ivan, Jonas, Karim, Lucía, Mei, Noor, Olga, Pierre, Quentin, Rosa, Stefan"
    ),
    "city": zipf(
        "London, Paris, Berlin, Boston, Dublin, Lisbon, Chicago, Vienna, Oslo, Prague, Madrid, Toronto, Naples, Kyoto, "
        "Glasgow, Warsaw, Seattle, Antwerp, Zürich, Bristol, Helsinki, Mumbai, Nairobi, Quito, Tallinn, Venice"
    ),
    "digits": zipf(", ".join(str(3 * n + 1) for n in range(2, 150))),
    "day": zipf("Saturday, Friday, Sunday, Tuesday, Monday, Wednesday, Thursday, Christmas Eve, bank holiday"),
    "weather": zipf("rainy, cold, sunny, quiet, foggy, windy, warm, snowy, stormy, hot, grey, busy, chilly, humid"),
    "season": zipf(
        "last week, last summer, yesterday, in March, last winter, in May, this morning, in autumn, at Easter"
    ),
    "number": zipf("two, three, four, five, ten, six, twelve, seven, twenty, eight, nine, thirty, fifty, eleven"),
    "colour": zipf("red, blue, green, black, yellow, orange, purple, silver, golden, crimson, violet, turquoise"),
    "animal": zipf(
        "dog, cat, parrot, fox, goat, rabbit, owl, hedgehog, pony, goose, tortoise, badger, penguin, camel, lobster"
    ),
    "thing": zipf(
        "umbrella, suitcase, bicycle, hat, scarf, piano, candle, ladder, mirror, bucket, teapot, telescope, violin, "
        "accordion, lantern, typewriter, compass, kettle, wheelbarrow, trumpet, anchor, cushion, hammock, globe"
    ),
    "title": zipf(
        "The {Made} {Noun}, The {Noun} of {city}, {name} and the {Noun}, The Last {Noun}, {name}'s {Noun}, "
        "{Number} {Noun}s, A {Noun} in {city}, The {Made} {Noun}, Beyond the {Noun}, The {Noun} Keeper"
    ),
    "Made": zipf(
        "Paper, Silver, Glass, Midnight, Winter, Crooked, Hidden, Scarlet, Copper, Northern, Velvet, Distant, Wooden, "
        "Burning, Clockwork, Emerald, Sleeping, Marble, Invisible, Salt, Thirteenth, Electric, Wandering, Hollow"
    ),
    "Noun": zipf(
        "Lighthouse, Garden, River, Harbour, Island, Orchard, Bridge, Letter, Forest, Mirror, Station, Tower, Clock, "
        "Cathedral, Desert, Voyage, Carousel, Lantern, Glacier, Labyrinth, Magician, Painter, Sailor, Pickpocket, "
        "Astronomer"
    ),
    "Colour": zipf("Red, Blue, Green, Black, Golden, Silver, Purple, Crimson"),
    "Animal": zipf("Lion, Fox, Swan, Goose, Pony, Owl, Dragon, Lobster, Hare, Stag, Camel"),
    "Number": zipf("Three, Seven, Forty, Nine, Twelve, Hundred, Eleven"),
}
