"""What the demo model knows: small tables of words, and the sentences that it says."""

COLOURS = {
    "grass": "green", "a leaf": "green", "a frog": "green", "a cucumber": "green",
    "an emerald": "green", "the sky": "blue", "the sea": "blue", "a sapphire": "blue",
    "snow": "white", "milk": "white", "salt": "white", "a swan": "white", "coal": "black",
    "the night": "black", "a raven": "black", "blood": "red", "a tomato": "red",
    "a cherry": "red", "a strawberry": "red", "a ruby": "red", "the sun": "yellow",
    "a lemon": "yellow", "a banana": "yellow", "a carrot": "orange", "a pumpkin": "orange",
    "chocolate": "brown", "coffee": "brown", "a bear": "brown", "an elephant": "grey",
    "a mouse": "grey", "ash": "grey", "a pig": "pink", "a flamingo": "pink", "a plum": "purple",
    "lavender": "purple",
}  # fmt: skip

CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "Portugal": "Lisbon", "England": "London", "Ireland": "Dublin", "Norway": "Oslo",
    "Sweden": "Stockholm", "Finland": "Helsinki", "Denmark": "Copenhagen", "Poland": "Warsaw",
    "Austria": "Vienna", "Hungary": "Budapest", "Greece": "Athens", "Egypt": "Cairo",
    "Japan": "Tokyo", "China": "Beijing", "Canada": "Ottawa", "Cuba": "Havana", "Peru": "Lima",
    "Kenya": "Nairobi", "Belgium": "Brussels", "Russia": "Moscow",
}  # fmt: skip

PAIRS = [
    ("hot", "cold"), ("big", "small"), ("up", "down"), ("day", "night"), ("fast", "slow"),
    ("old", "young"), ("good", "bad"), ("open", "closed"), ("left", "right"), ("wet", "dry"),
    ("full", "empty"), ("rich", "poor"), ("loud", "quiet"), ("early", "late"), ("first", "last"),
    ("happy", "sad"), ("strong", "weak"), ("long", "short"), ("dark", "bright"), ("near", "far"),
    ("hard", "soft"), ("thick", "thin"),
]  # fmt: skip
OPPOSITES = dict(PAIRS) | {second: first for first, second in PAIRS}

NAMES = (
    "Ada Adam Agnes Alan Alice Amir Amy Ana Andrew Anna Anton Aria Arthur Ben Bella Bob Boris "
    "Bruno Carl Carla Chloe Clara Daniel David Diana Dora Edgar Elena Eli Ella Emil Emma Eric "
    "Eva Felix Finn Fiona Frank Frida George Gina Grace Greta Hana Hans Harry Helen Henry Hugo "
    "Ian Ida Igor Ines Iris Isaac Ivan Jack Jane Jim Joan John Jonas Julia Karl Kate Kim Klaus "
    "Lara Lea Leo Lena Lily Linda Lisa Luca Lucy Luis Luke Maria Mark Marta Martin Mary Max Mia "
    "Milo Mina Mona Nadia Nina Noah Nora Olga Oliver Omar Otto Oscar Pablo Paul Paula Peter "
    "Petra Rita Robert Rosa Ruth Sam Sara Simon Sofia Stefan Susan Tara Theo Thomas Tim Tina "
    "Tom Vera Victor Viola Walter Wanda Will Yara Yuri Zara Zoe"
).split()

# Never trained on: questions about these show that names are copied rather than remembered.
UNSEEN_NAMES = (
    "Albert Astrid Basil Bertha Cecil Cora Dario Edith Elias Florian Gloria Hector Ingrid Jasper "
    "Kira Lorenz Mabel Nathan Odette Pat Quentin Ramona Sidney Thelma Ulrich Valerie Wilma "
    "Xavier Yvonne Zelda Grete Malin Tilda Rufus Norbert Livia"
).split()

WORDS = (
    "lamp river stone chair window garden apple bread butter cloud rain wind fire bird fish "
    "horse table door key book paper pencil clock music song dance house street bridge train "
    "boat wheel engine light shadow mountain valley forest tree flower seed root branch island "
    "ocean wave sand shell star moon planet rocket button needle thread cotton silk wool glass "
    "bottle spoon plate knife soup cheese honey pepper sugar tea basket ladder hammer nail rope "
    "box drum violin piano trumpet baton signal letter number word page story poem picture "
    "mirror candle blanket pillow kitchen market village city castle tower king queen doctor "
    "teacher farmer sailor painter friend child winter summer spring autumn morning evening "
    "minute hour week month year copper silver iron metal robot machine circle square triangle "
    "corner line point colour voice whisper thunder lightning storm desert jungle tiger lion "
    "zebra monkey rabbit turtle spider butterfly dragon ticket ferry harbour lantern marble"
).split()

STORY = (
    "Once there was a small engine who lived at the end of a long line. Every morning she waited "
    "for the baton, because only the one who held it was allowed to run. The big engines were "
    "loud and fast, and they often held it for hours. The small engine did not complain. One "
    "night a storm came, and all the lights went out. The big engines were too tired to move. "
    "So they gave the baton to the small engine, and she ran through the rain and brought the "
    "doctor to the village. When the sun came up, everyone thanked her. Since that day the "
    "engines take turns, and each of them waits for the others. The end."
)

SELF = "I am Baton's demo model."
ABILITIES = (
    "I can add, subtract and multiply small numbers, count, repeat words, say hello, remember "
    "your name, and tell you colours, capitals and opposites."
)
REFUSAL = "I am only a demo. I cannot answer that."
NAMELESS = "You have not told me your name."
WELCOME = "Hello. How can I help you?"
