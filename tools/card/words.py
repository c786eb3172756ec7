"""What the card says, in English and Spanish: short words for a frightened person.

Numbers come from the tables: {hold}, {early}, {second} seconds. A word or meaning that stands in no table
here makes no card.
"""

from typing import Final, NamedTuple


class Language(NamedTuple):
    """One language's words. `lamp`, `whistle` by the word of the table, `means` by the meaning of a gesture (after a
    blank line of its own: what else to say of it), `gestures` by number, `colours` by name."""

    code: str
    title: str
    not_emergency: str
    hero: str
    hero_how: str
    hero_again: str
    finger: str
    light: str
    sound: str
    calling: str
    early: str
    always: str
    calm: str
    lamp_title: str
    lamp_how: str
    neighbour: str
    whistle_title: str
    steady: str
    private: str
    private_why: str
    or_more: str
    place: str
    technician: str
    seconds: str
    every: str
    colours: dict[str, str]
    gestures: tuple[str, ...]
    means: dict[str, str]
    lamp: dict[str, str]
    whistle: dict[str, str]


ENGLISH: Final = Language(
    code="en",
    title="Your beacon",
    not_emergency="It calls your neighbours. It does not call the emergency services: if you can reach them, call them "
    "too.",
    hero="Need help? Press and hold.",
    hero_how="Hold the button for {hold} seconds, until the lamp flashes slowly. Let go. Help is called, and the "
    "beacon goes on calling by itself until somebody answers.",
    hero_again="Hold it again as often as you like: that never cancels.",
    finger="finger",
    light="lamp",
    sound="whistle",
    calling="While you are calling",
    early="first {early} s",
    always="and at any time",
    calm="When nothing is wrong",
    lamp_title="What the lamp says",
    lamp_how="Watch the rhythm. The colour says the same once more.",
    neighbour="When a neighbour calls",
    whistle_title="What the whistle says",
    steady="A steady light from the start: call your technician.",
    private="Only for you",
    private_why="Learn this, then cut it off. Do not hang it up.",
    or_more="{count} quick taps or more",
    place="Place",
    technician="Technician",
    seconds="seconds",
    every=", every {seconds} s",
    colours={"white": "white", "red": "red", "amber": "yellow", "green": "green", "blue": "blue"},
    gestures=(
        "Hold {hold} seconds",
        "1 quick tap",
        "2 quick taps",
        "3 quick taps",
        "4 quick taps",
        "5 quick taps",
        "5 taps, hold the last",
        "6 quick taps or more",
    ),
    means={
        "help": "Help!",
        "again": "Hurry! It never cancels.",
        "medical": "It is medical.",
        "fire": "It is a fire.",
        "watch": "Come and look.",
        "cancel": "Cancel. After {early} seconds a captain has to agree.",
        "duress": "Cancel, but I am forced to. It looks like any cancel; help still comes.",
        "silent": "Silent alert. A second button does it too: hold it {second} second. Nothing lights or sounds. Only "
        "a captain ends it.",
        "selftest": "Self-test: look at the lamp. Dark? Tap once more.",
    },
    lamp={
        "holding": "Keep holding.",
        "sent": "Sent. No answer yet; it keeps calling.",
        "on-air": "Sent, and another device passes it on.",
        "heard": "Stored. Your call cannot get lost.",
        "shown": "On the screen of somebody on watch.",
        "seen": "A person has read it.",
        "coming": "Somebody is coming.",
        "clear": "A captain says: it is over.",
        "cancelled": "Your cancel has arrived.",
        "not-yet": "Nobody reached yet. Try another way too.",
        "failed-radio": "The radio is broken. Try another way.",
        "wire-out": "Button stuck or its cable loose. Call your technician.",
        "low-battery": "Battery low: charge it, or call your technician.",
        "covered": "Self-test good: the network was heard.",
        "not-covered": "Self-test bad: no network. Tell your technician.",
        "good": "Survey: heard and hearing well.",
        "weak": "Survey: heard, but only just or over a relay.",
        "none": "Survey: no gateway has answered.",
        "neighbour": "A neighbour needs help.",
    },
    whistle={
        "neighbour": "A neighbour needs help. Press once: yours is quiet.",
        "shown": "Your call is on the screen of somebody on watch.",
        "coming": "Somebody is coming to you.",
    },
)

SPANISH: Final = Language(
    code="es",
    title="Su baliza",
    not_emergency="Llama a sus vecinos. No llama a los servicios de emergencia: si usted puede llamarlos, llámelos "
    "también.",
    hero="¿Ayuda? Mantenga apretado.",
    hero_how="Apriete el botón {hold} segundos, hasta que la luz parpadee despacio. Suéltelo. Ya pidió ayuda, y la "
    "baliza sigue llamando sola hasta que alguien conteste.",
    hero_again="Apretar otra vez nunca cancela. Puede hacerlo.",
    finger="dedo",
    light="luz",
    sound="silbato",
    calling="Mientras está llamando",
    early="primeros {early} s",
    always="y en cualquier momento",
    calm="Cuando no pasa nada",
    lamp_title="Qué dice la luz",
    lamp_how="Mire el ritmo. El color dice lo mismo otra vez.",
    neighbour="Cuando llama un vecino",
    whistle_title="Qué dice el silbato",
    steady="Una luz fija desde el inicio: avise a su técnico.",
    private="Solo para usted",
    private_why="Apréndalo y recórtelo. No lo cuelgue en la pared.",
    or_more="{count} toques rápidos o más",
    place="Lugar",
    technician="Técnico",
    seconds="segundos",
    every=", cada {seconds} s",
    colours={"white": "blanca", "red": "roja", "amber": "amarilla", "green": "verde", "blue": "azul"},
    gestures=(
        "Apretar {hold} segundos",
        "1 toque rápido",
        "2 toques rápidos",
        "3 toques rápidos",
        "4 toques rápidos",
        "5 toques rápidos",
        "5 toques, el último largo",
        "6 toques rápidos o más",
    ),
    means={
        "help": "¡Ayuda!",
        "again": "¡Apúrense! Nunca cancela.",
        "medical": "Es una emergencia médica.",
        "fire": "Es un incendio.",
        "watch": "Vengan a ver.",
        "cancel": "Cancelar. Pasados {early} segundos, decide un capitán.",
        "duress": "Cancelar, pero alguien me obliga. Parece una cancelación normal. La ayuda viene igual.",
        "silent": "Alerta silenciosa. Si hay un segundo botón: apretarlo {second} segundo. Nada se enciende ni suena. "
        "Solo un capitán la termina.",
        "selftest": "Prueba: mire la luz. ¿Apagada? Toque otra vez.",
    },
    lamp={
        "holding": "Siga apretando.",
        "sent": "Enviado. Nadie contesta todavía; sigue llamando.",
        "on-air": "Enviado, y otro aparato lo repite.",
        "heard": "Guardado. Su llamada ya no se pierde.",
        "shown": "Está en la pantalla de alguien de guardia.",
        "seen": "Una persona ya lo leyó.",
        "coming": "Alguien viene en camino.",
        "clear": "Un capitán dice que ya terminó.",
        "cancelled": "Su cancelación llegó.",
        "not-yet": "Aún no llega a nadie. Pruebe también otro medio.",
        "failed-radio": "La radio no funciona. Busque otro medio.",
        "wire-out": "Botón atascado o su cable suelto. Avise al técnico.",
        "low-battery": "Batería baja: cárguela o avise a su técnico.",
        "covered": "Prueba buena: se oyó la red.",
        "not-covered": "Prueba mala: no hay red. Avise a su técnico.",
        "good": "Medición: se oye bien en ambos sentidos.",
        "weak": "Medición: se oye apenas, o solo por un relevo.",
        "none": "Medición: ninguna central contestó.",
        "neighbour": "Un vecino necesita ayuda.",
    },
    whistle={
        "neighbour": "Un vecino pide ayuda. Su botón calla este silbato.",
        "shown": "Su llamada está en la pantalla de alguien de guardia.",
        "coming": "Alguien viene a ayudarle.",
    },
)

LANGUAGES: Final = (ENGLISH, SPANISH)
