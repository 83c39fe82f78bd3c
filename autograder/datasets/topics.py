"""What the built-in reviews are about: the words of each topic. In each list the most frequent come first."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.datasets.grammar import Choice, Polar, polar, zipf

_FILM: Mapping[str, Choice | Polar] = {
    "own": polar(
        bad="predictable, wooden, shallow, contrived, muddled, corny, overlong, soulless",
        good="gripping, moving, suspenseful, inventive, heartfelt, thrilling, stylish, witty",
    ),
    "item": zipf(
        "film, movie, picture, comedy, drama, thriller, documentary, sequel, musical, western, cartoon, remake"
    ),
    "part": zipf(
        "plot, acting, script, ending, soundtrack, dialogue, opening, story, cast, camerawork, final scene, pacing, "
        "first half, second half, lighting, editing, car chase, love story, climax, narrator, villain, title song"
    ),
    "parts": zipf("jokes, actors, songs, costumes, characters, special effects, dances, stunts, subtitles, twists"),
    "it": zipf("it, {title}, this one, {title}, the whole thing"),
    "crowd": zipf(
        "in the front row of the cinema, who stayed until the credits, who bought a ticket that night, "
        "sitting in the dark around us, at the premiere in {city}, who shared our bucket of popcorn"
    ),
    "later": zipf(
        "by the time the credits rolled, once the lights went down, after the first hour or so, "
        "with a bucket of popcorn on my lap, from the moment the {animal} appeared, when the train finally left {city}"
    ),
    "aside": zipf(
        "we saw it in {city} {season}, I watched it on a {weather} {day} with {companion}, {companion} chose it, "
        "the story is set in {city}, it runs for {number} hours, the hero owns a {animal} and a {colour} {thing}, "
        "{name} plays a detective from {city}, {companion} fell off the seat, we sat in row {number}, "
        "the queue reached the {colour} fountain, {name} wrote the music, "
        "a {animal} steals the {thing} in scene {digits}, "
        "it was shot in {city} for {digits} dollars, our tickets cost {digits} crowns"
    ),
}

_RESTAURANT: Mapping[str, Choice | Polar] = {
    "own": polar(
        bad="bland, greasy, soggy, overpriced, burnt, tasteless, stale, rude",
        good="delicious, fresh, crispy, tasty, tender, fragrant, friendly, juicy",
    ),
    "item": zipf("restaurant, place, meal, dinner, bistro, lunch, café, diner, pizzeria, brunch, tavern, buffet"),
    "part": zipf(
        "food, soup, service, waiter, dessert, bread, fish, wine, sauce, steak, salad, chef, coffee, menu, pasta, "
        "curry, "
        "pie, cheese board, rice, chocolate cake, table by the window, fish-and-chips, kitchen, lemon tart, goulash"
    ),
    "dish": zipf("soup, fish, steak, pasta, curry, lobster, pie, goulash, risotto, omelette, trout, lasagne, duck"),
    "parts": zipf(
        "vegetables, noodles, starters, portions, waiters, dumplings, oysters, pancakes, mushrooms, cocktails"
    ),
    "it": zipf("it, Chez {name}, this one, {name}'s Kitchen, The {Colour} {Animal}, our evening there"),
    "crowd": zipf(
        "who ate here {season}, at our long table by the door, who ordered the dish of the day, "
        "waiting in the queue with us, in the whole street behind the station, who tried the soup of the day"
    ),
    "later": zipf(
        "by the time the bill came, after the second glass of wine, once we had found a table, "
        "with the sun going down over the harbour, when the cook came out to greet us, as soon as the plates arrived"
    ),
    "aside": zipf(
        "we went there on a {weather} {day}, {companion} paid, I had the {dish} and {companion} had the {dish}, "
        "it lies behind the station in {city}, we booked a table for {number}, {companion} booked it {season}, "
        "a {colour} {thing} hangs over the bar, the owner keeps a {animal}, there are {number} kinds of tea, "
        "{name} cooked and {name} washed up, the door is {colour}, somebody had left a {thing} on my chair, "
        "the bill was {digits} euros, we followed a {colour} {animal} to number {digits}"
    ),
}

_BOOK: Mapping[str, Choice | Polar] = {
    "own": polar(
        bad="unreadable, long-winded, pretentious, far-fetched, repetitive, humourless, pompous, sentimental",
        good="unputdownable, well-written, thoughtful, poetic, insightful, humorous, profound, page-turning",
    ),
    "item": zipf(
        "book, novel, story, biography, memoir, collection, mystery, paperback, fable, trilogy, cookbook, diary"
    ),
    "part": zipf(
        "plot, ending, style, first chapter, story, prose, heroine, translation, last chapter, dialogue, cover, "
        "opening, "
        "middle, author, hero, epilogue, preface, setting, narrator, subplot, glossary, map, love letter, index"
    ),
    "parts": zipf(
        "characters, descriptions, poems, chapters, drawings, footnotes, metaphors, recipes, villains, riddles"
    ),
    "it": zipf("it, {title}, this one, {title}, the whole thing"),
    "crowd": zipf(
        "in our little reading group, who borrowed it from the library, who got past the first chapter, "
        "in the bookshop on the corner, who read it on the train, at the book fair in {city}"
    ),
    "later": zipf(
        "by the time I reached the last page, after the first hundred pages, once the {animal} had learned to talk, "
        "with a pot of tea beside me, as soon as the scene moves to {city}, when {name} finally opens the letter"
    ),
    "aside": zipf(
        "I read it on the train to {city}, {companion} gave it to me {season}, it has {digits} pages, "
        "I found it in a shop in {city}, the heroine repairs a {thing}, it was translated by {name}, "
        "{name} inherits a {colour} {thing}, I finished it on a {weather} {day}, {companion} read it aloud, "
        "a {animal} tells the story, chapter {number} takes place in {city}, {companion} used it as a doorstop, "
        "the {thing} from page {digits} never comes back, my copy cost {digits} cents"
    ),
}

_PHONE: Mapping[str, Choice | Polar] = {
    "own": polar(
        bad="slow, flimsy, unreliable, fragile, bulky, overpriced, noisy, useless",
        good="fast, sturdy, reliable, practical, handy, user-friendly, quiet, intuitive",
    ),
    "item": zipf("phone, camera, laptop, tablet, device, gadget, headset, watch, model, speaker, printer, e-reader"),
    "part": zipf(
        "battery, screen, camera, sound, keyboard, design, charger, software, case, zoom, packaging, volume, "
        "microphone, "
        "manual, alarm, flash, price, delivery, touch screen, hinge, loudspeaker, power button, strap, voice control"
    ),
    "parts": zipf("buttons, photos, speakers, menus, updates, ringtones, colours, headphones, videos, icons"),
    "it": zipf("it, the Nimbus {digits}, this one, the Zephyr-{digits}, the {colour} one"),
    "crowd": zipf(
        "who bought one {season}, at the office where I work, who called me on it, "
        "in the shop behind the station, standing at the help desk with me, who has used it for a month"
    ),
    "later": zipf(
        "after {number} weeks of daily use, once the updates were installed, by the time I had read the manual, "
        "as soon as I left the house, with the lamp switched off at night, when {companion} called me from {city}"
    ),
    "aside": zipf(
        "I bought it {season}, it came in a {colour} box, {companion} has the same one, "
        "I ordered it on a {weather} {day}, "
        "it weighs {digits} grams, the parcel came from {city}, {companion} dropped it on the stairs, "
        "I mostly use it on the bus to {city}, mine is {colour}, the {animal} hid it under the {thing}, "
        "I own {number} of them, {name} from the shop showed me the {part}, "
        "I paid {digits} pounds for it, it survived a fall from floor {digits}"
    ),
}

TOPICS = (_FILM, _RESTAURANT, _BOOK, _PHONE)
