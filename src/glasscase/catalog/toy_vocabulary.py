"""What shops write about the products of the toy catalogue, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """The words and prices of one leaf category."""

    parent: str
    nouns: tuple[str, ...]
    """What it is called; the first is the plain name."""
    materials: tuple[str, ...]
    sizes: tuple[str, ...]
    details: tuple[str, ...]
    """Sentences a description is made of; `{noun}`, `{material}` and `{size}` are filled in."""
    price: tuple[float, float]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "Mugs": Kind(
            "Kitchen",
            ("mug", "coffee mug", "tea mug", "cup", "breakfast cup", "beaker with handle"),
            ("stoneware", "ceramic", "porcelain", "enamel", "bone china"),
            ("300 ml", "350 ml", "0.4 l", "12 oz"),
            (
                "Holds {size} of coffee, tea or cocoa.",
                "The wide handle takes three fingers.",
                "Glazed by hand, so every {noun} turns out a little different.",
                "Goes into the dishwasher and the microwave.",
                "A generous {noun} for slow mornings.",
                "{material} keeps your espresso hot for a good while.",
                "Stacks neatly on the shelf; a saucer is not included.",
                "The rim is thin and pleasant to sip from.",
            ),
            (6, 24),
        ),
        "Pans": Kind(
            "Kitchen",
            ("pan", "frying pan", "skillet", "saucepan", "saute pan", "omelette pan"),
            ("cast iron", "aluminium", "stainless steel", "carbon steel", "copper-clad steel"),
            ("20 cm", "24 cm", "28 cm", "11 in"),
            (
                "The non-stick coating lets pancakes slide onto the plate.",
                "Suits gas, electric and induction hobs.",
                "{material} spreads the heat evenly up to the edge.",
                "The riveted handle stays cool while you fry.",
                "{size} across: room for four eggs or two steaks.",
                "Oven-safe to 220 degrees without the lid.",
                "Sear, fry and simmer in one {noun}.",
                "Wipe with a little oil before first use.",
            ),
            (15, 95),
        ),
        "Bottles": Kind(
            "Kitchen",
            (
                "bottle",
                "water bottle",
                "drinking flask",
                "thermos flask",
                "sports bottle",
                "canteen",
            ),
            ("stainless steel", "Tritan", "glass", "aluminium", "recycled plastic"),
            ("500 ml", "750 ml", "1 l", "17 oz"),
            (
                "The screw cap does not leak in your bag.",
                "Double walls keep water cold for 24 hours.",
                "{size} for the gym, the trail or the office.",
                "Fits bicycle cages and car cup holders.",
                "Free from BPA and without any taste of {material}.",
                "The neck is wide enough for ice cubes.",
                "Clip the {noun} to your rucksack by its loop.",
                "Rinse with warm water; do not freeze.",
            ),
            (9, 42),
        ),
        "T-Shirts": Kind(
            "Clothing",
            (
                "T-shirt",
                "tee",
                "crew-neck shirt",
                "short-sleeved top",
                "jersey shirt",
                "v-neck tee",
            ),
            ("organic cotton", "cotton", "linen blend", "jersey", "recycled polyester"),
            ("S", "M", "L", "XL"),
            (
                "Short sleeves and a ribbed crew neck.",
                "{material}, 180 grams a square metre.",
                "Our model is 1.82 m tall and wears size {size}.",
                "Cut straight, with a little room at the waist.",
                "The print survives forty washes.",
                "Wear the {noun} alone or under a jacket.",
                "Shoulder seams are taped so that they keep their shape.",
                "Wash at 30 degrees, inside out.",
            ),
            (8, 38),
        ),
        "Socks": Kind(
            "Clothing",
            (
                "socks",
                "crew socks",
                "knee-high socks",
                "hiking socks",
                "pair of socks",
                "stockings",
            ),
            ("merino wool", "combed cotton", "bamboo viscose", "alpaca", "cotton"),
            ("EU 36-40", "EU 41-46", "one size", "UK 4-7"),
            (
                "Reinforced at heel and toe.",
                "The cuff stays up without pinching.",
                "{material} keeps feet dry on long walks.",
                "Flat toe seams: nothing rubs inside your boots.",
                "Sold as a pair, {size}.",
                "Cushioned soles for trainers and wellingtons.",
                "Nothing beats fresh {noun}.",
                "Machine wash warm, do not tumble dry.",
            ),
            (4, 22),
        ),
        "Caps": Kind(
            "Clothing",
            ("cap", "baseball cap", "snapback", "trucker cap", "peaked hat", "dad hat"),
            ("cotton twill", "corduroy", "denim", "canvas", "wool blend"),
            ("one size", "56-61 cm", "adjustable", "S/M"),
            (
                "The curved brim keeps the sun out of your eyes.",
                "Adjusts at the back with a metal buckle.",
                "Six panels of {material} with stitched eyelets.",
                "An inner band soaks up sweat on hot days.",
                "The embroidered badge sits above the peak.",
                "Head circumference: {size}.",
                "Throw on the {noun} when your hair will not behave.",
                "Hand wash only so the visor keeps its curve.",
            ),
            (9, 36),
        ),
        "Laptops": Kind(
            "Electronics",
            (
                "laptop",
                "notebook",
                "ultrabook",
                "portable computer",
                "notebook PC",
                "2-in-1 laptop",
            ),
            ("aluminium", "magnesium", "carbon fibre", "polycarbonate", "brushed metal"),
            ("13.3 inch", "14 inch", "15.6 inch", "16 inch"),
            (
                "The {size} display is bright enough for the garden.",
                "Eight cores and 16 GB of memory.",
                "A backlit keyboard and a large touchpad.",
                "512 GB solid-state drive, room for one more.",
                "The lid of {material} opens with one finger.",
                "Weighs 1.3 kg and lasts a working day.",
                "Two USB-C ports, HDMI and a webcam with a shutter.",
                "This {noun} boots in nine seconds.",
            ),
            (280, 1900),
        ),
        "Headphones": Kind(
            "Electronics",
            (
                "headphones",
                "over-ear headphones",
                "headset",
                "noise-cancelling headphones",
                "wireless headphones",
                "studio cans",
            ),
            ("memory foam", "protein leather", "aluminium", "soft-touch plastic", "velour"),
            ("40 mm", "50 mm", "32 ohm", "30 h"),
            (
                "Drivers with deep bass and clear voices ({size}).",
                "Noise cancelling mutes trains and open-plan offices.",
                "Ear cushions of {material} stay comfortable for hours.",
                "The headband folds flat for travel.",
                "Turn the ring on the left ear cup for volume.",
                "Take calls with the boom microphone.",
                "Hear every string and every breath of the singer.",
                "Comes with a 3.5 mm cable for the plane.",
            ),
            (19, 330),
        ),
        "Mice": Kind(
            "Electronics",
            (
                "mouse",
                "wireless mouse",
                "gaming mouse",
                "optical mouse",
                "computer mouse",
                "ergonomic mouse",
            ),
            ("matt plastic", "ABS", "rubberised plastic", "aluminium", "recycled plastic"),
            ("1600 dpi", "4000 dpi", "16000 dpi", "2.4 GHz"),
            (
                "The sensor tracks at {size} on wood and glass.",
                "Scroll wheel with a click you can feel.",
                "Two thumb buttons go back and forward.",
                "Shaped for the right hand; {material} does not slip.",
                "Plug the tiny receiver into any port and point.",
                "Clicks are silent enough for a library.",
                "Your wrist rests naturally on this {noun}.",
                "One AA battery moves the cursor for a year.",
            ),
            (7, 85),
        ),
        "Lamps": Kind(
            "Home",
            (
                "lamp",
                "table lamp",
                "desk lamp",
                "bedside light",
                "reading lamp",
                "lampshade and base",
            ),
            ("linen", "brass", "powder-coated steel", "paper", "glazed ceramic"),
            ("40 W", "E27", "6 W LED", "45 cm tall"),
            (
                "Gives a warm, even light for reading.",
                "The shade of {material} softens the bulb.",
                "{size}; bulb not included.",
                "The switch sits on the cord within reach of your pillow.",
                "Bend the arm and the beam follows.",
                "Dims in three steps from bright to candle glow.",
                "Put the {noun} beside the sofa or on a sideboard.",
                "Shines downwards, so nobody is dazzled.",
            ),
            (14, 140),
        ),
        "Cushions": Kind(
            "Home",
            (
                "cushion",
                "throw pillow",
                "scatter cushion",
                "sofa pillow",
                "decorative cushion",
                "bolster",
            ),
            ("velvet", "linen", "cotton canvas", "wool", "boucle"),
            ("45 x 45 cm", "50 x 50 cm", "40 x 60 cm", "18 x 18 in"),
            (
                "Plump filling that springs back when you lean on it.",
                "The cover of {material} comes off by a hidden zip.",
                "{size}, feather insert included.",
                "Piping runs round the edge.",
                "Pile several on a sofa, an armchair or the bed.",
                "Soft against the cheek for an afternoon nap.",
                "A {noun} that brings colour to a plain couch.",
                "Dry-clean the cover; air the insert now and then.",
            ),
            (9, 58),
        ),
        "Clocks": Kind(
            "Home",
            ("clock", "wall clock", "alarm clock", "quartz clock", "bedside clock", "timepiece"),
            ("oak", "brushed metal", "bamboo", "lacquered steel", "bakelite"),
            ("30 cm", "25 cm", "12 in", "10 cm"),
            (
                "The quartz movement makes no ticking sound.",
                "Large hands and clear hour marks, readable across the room.",
                "The frame is {material} under real glass.",
                "Set the alarm with the knob at the back.",
                "Dial: {size} across. One AA cell is enclosed.",
                "Loses less than a second a day.",
                "With this {noun} nobody oversleeps.",
                "Hang it from a single nail.",
            ),
            (11, 90),
        ),
    }
)

STRANGER_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "Umbrellas": Kind(
            "Outdoor",
            ("umbrella", "folding umbrella", "walking umbrella", "brolly"),
            ("fibreglass", "pongee", "nylon", "ash wood"),
            ("100 cm", "120 cm", "eight ribs"),
            (
                "Opens at the push of a button.",
                "Ribs of {material} withstand a storm.",
                "The canopy ({size}) covers two people in the rain.",
                "The curved handle hangs over your arm.",
            ),
            (12, 60),
        ),
        "Plants": Kind(
            "Garden",
            ("house plant", "potted palm", "fern", "spider plant"),
            ("terracotta", "peat-free soil", "clay", "coir"),
            ("60 cm tall", "pot 14 cm", "pot 18 cm"),
            (
                "Water once a week and mist the leaves.",
                "Likes a bright window without midday sun.",
                "Delivered in its pot of {material}, {size}.",
                "Cleans the air and forgives a holiday.",
            ),
            (8, 45),
        ),
        "Guitars": Kind(
            "Music",
            ("acoustic guitar", "classical guitar", "folk guitar", "six-string"),
            ("spruce", "mahogany", "cedar", "rosewood"),
            ("4/4", "3/4", "20 frets"),
            (
                "The top of {material} sounds warm and full.",
                "Six steel strings and a smooth neck.",
                "Size {size}, good for beginners and the campfire.",
                "Tuned and checked by a luthier before dispatch.",
            ),
            (69, 420),
        ),
    }
)

PARENTS: Mapping[str, str] = MappingProxyType(
    {name: kind.parent for name, kind in (*KINDS.items(), *STRANGER_KINDS.items())}
)


def category_path(leaf: str) -> tuple[str, str]:
    """Where a leaf hangs in the toy taxonomy.

    >>> category_path("Mugs")
    ('Kitchen', 'Mugs')
    """
    return PARENTS[leaf], leaf
