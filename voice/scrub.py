"""What staff may see of words that nobody understood: the question, not who asked it.

Figures, dates, addresses, links and names are taken out, each leaving "…"; slips of the finger
stay, for staff to teach the line by. When in doubt, out: a word too few costs a guess, a name too
many costs somebody's privacy. Names are told by the words around them in English and Spanish, by
capitals in the middle of a sentence in any language, and the commonest by a list.

Every pattern begins where a word does and reaches a few words at most, so that no text takes long.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

LONGEST = 160
"""Characters staff see of a text."""
GONE = "…"

WORD = r"[^\W\d_][\w'’-]*"
NUMBER = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|hundred|thousand|first|second|third|fourth|fifth|tenth|\w+teenth|twentieth|thirtieth|"
    r"primero|"
    r"cero|uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
    r"dieci\w+|veinte|veinti\w+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|"
    r"cien(?:to)?|\w*cientos|novecientos|mil)"
)
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
)
STREET = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|circle|way|place|"
    r"pl|terrace|highway|hwy|parkway|trail)"
)
SMALL = (
    r"(?:a|an|the|my|our|your|his|her|it|is|are|was|not|no|so|too|very|just|about|for|to|of|in|on|"
    r"at|and|or|but|with|what|when|how|why|who|can|could|do|does|did|will|would|should|i|we|you|he|"
    r"she|they|that|this|there|if|had|has|have|after|before|where|which|said|says|told|wants|want|please|really|still|"
    r"el|la|los|las|un|una|mi|mis|su|sus|lo|le|me|te|se|nos|es|son|está|estoy|muy|ya|y|o|pero|para|"
    r"por|con|sin|de|del|en|que|qué|como|cómo|cuando|cuándo|cuanto|cuánto|donde|dónde|quien|quién|"
    r"cual|cuál|al|todo|eso|esto|mucho|mucha|también|tu|si|sí|quiero|quisiera|puedo|tengo|"
    r"necesito|dice|dijo|quiere|favor)"
)
SUBJECT = (
    r"(?:(?:medic|opera|cirug|surg|anest|fract)\w*|procedures?|procedimientos?|treatments?|"
    r"tratamientos?|tylenol|advil|aleve|aspirina?|coumadin|warfarin\w*|eliquis|xarelto|plavix|"
    r"fosamax|prolia|insulina?|ibuprofen\w*|vicodin|percocet|x|ray|mri|ct|er|hurts?|pain|dolor|"
    r"duele|back|columna|risks?|riesgos?|doctors?|médicos?|nurses?|"
    r"enfermeras?|hospitals?|hospitales|drive|manejar|shower|bañarme|walk|caminar|eat|comer|sleep|"
    r"dormir|lift|work|trabajar|home|casa|days?|weeks?|months?|years?|días?|semanas?|meses|años|"
    r"diab[eé]tic[oa]?|al[eé]rgic[oa]?|asm[aá]tic[oa]|hipertens[oa]|mayor|viud[oa]|jubilad[oa]|"
    r"pacient[ea]|mujer|hombre|candidat[oa]|espa[nñ]ol|ingl[eé]s|english|spanish|normal|safe|serious|"
    r"dangerous|terrible|urgent\w*|important\w*|awful|scary|painful|new|bad)"
)
"""What people ask about, which is nobody's name however it is written."""
FIRST_NAMES = (
    r"(?:james|john|robert|michael|william|david|richard|joseph|thomas|charles|daniel|matthew|"
    r"anthony|donald|steven|paul|george|kenneth|edward|ronald|frank|henry|walter|harold|arthur|fred|"
    r"bob|bobby|bill|jim|jimmy|joe|tom|mike|dave|dick|mary|patricia|linda|barbara|elizabeth|susan|"
    r"jennifer|margaret|dorothy|betty|nancy|karen|helen|sandra|donna|carol|ruth|sharon|shirley|"
    r"virginia|frances|martha|judith|judy|joan|evelyn|doris|gladys|mildred|edna|ethel|peggy|"
    r"jos[eé]|juan|luis|carlos|jorge|pedro|manuel|francisco|miguel|antonio|ram[oó]n|rafael|fernando|"
    r"roberto|ricardo|alberto|eduardo|enrique|javier|ra[uú]l|guillermo|alejandro|mar[ií]a|guadalupe|"
    r"lupita|lupe|rosa|juana|margarita|teresa|carmen|elena|josefina|ver[oó]nica|leticia|yolanda|"
    r"alicia|marta|gloria|silvia|patricia|isabel|ana|laura|adriana|graciela|beatriz|irma|norma)"
)
"""Common names that are no other word; told apart even where nothing around them tells."""
MORE = rf"[\s,-]+(?:(?:y|and)\s+)?{NUMBER}\b"
"""Another number right behind one."""
NAME = rf"(?!(?:{SMALL}|{SUBJECT})\b){WORD}"
"""A word that may be somebody's name."""
PLAIN = rf"{SMALL}|{SUBJECT}"
"""Words that are no name even with a capital."""
ENDS_SENTENCE = ".!?¡¿\n"
OWN = {"I", "I'm", "I’m", "Im", "I've", "I’ve", "Ive", "I'll", "I’ll", "I'd", "I’d"}


def _out(pattern: str) -> Callable[[str], str]:
    """Return a step that takes out what a pattern finds, keeping what its group "cue" holds."""
    left = rf"\g<cue>{GONE}" if "(?P<cue>" in pattern else GONE
    return lambda text: _compiled(pattern).sub(left, text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed: all of them take a twentieth of a start."""
    return re.compile(pattern, re.IGNORECASE)


STEPS: tuple[Callable[[str], str], ...] = (
    _out(r"\b(?:sent|get) (?:from my|outlook).*$|\benviado desde mi.*$"),
    _out(r"(?<!\S)\S+@\S*|@\w+|(?:https?://|www\.)\S+|"
         r"(?<![\w.-])[\w.-]+\.(?:com|org|net|gov|edu|us|mx|io|me)\b\S*"),
    _out(rf"\b(?:\w+ (?:dot|punto|underscore|guion bajo) )?\w+ (?:at|arroba) (?:{WORD} ){{1,3}}?"
         rf"(?:dot|punto) \w+"),
    _out(rf"\b\d+\w*\s+(?:{WORD}\.?\s+){{0,4}}?{STREET}\b\.?(?:,?\s*(?:apt|unit|suite)\.?\s*\S+)?"),
    _out(r"(?P<cue>\b(?:live|lives|living) (?:at|on|in) |\bviv[eo] en |\b(?:my|the) address is |"
         rf"\bdirecci[oó]n es )(?:{WORD}|[\d#.-]+)(?:[ ,]+(?:{NAME}|[\d#-]+)){{0,5}}"),
    _out(rf"\b(?:calle|avenida|colonia|urbanizaci[oó]n|barrio) {WORD}"
         rf"(?: (?!colonia|barrio)(?:{NAME}|[\d#]+)){{0,3}}"),
    _out(r"(?<!\S)\S*\d\S*"),
    _out(rf"\b{MONTH}\s+(?:the\s+)?(?:{NUMBER}\b|{GONE})(?:[\s,-]+(?:{NUMBER}\b|{GONE}))*"),
    _out(rf"(?<!\w)(?:{NUMBER}|{GONE})(?:[\s-]+{NUMBER}){{0,2}}\s+(?:of|de)\s+{MONTH}\b(?:\s+del?)?"
         rf"(?:{MORE}|\s+{GONE})*"),
    _out(rf"\b{NUMBER}(?:{MORE})+"),
    _out(rf"(?P<cue>\b(?:name is|name's|me llamo|se llama|nombre es) ){WORD}(?: {NAME}){{0,2}}"),
    _out(rf"(?P<cue>\b(?:named|called|names) ){NAME}(?: {NAME})?"),
    _out(rf"(?P<cue>\b(?:this is|soy|habla|le escribe|de parte de|aqu[ií] (?=[A-ZÁÉÍÓÚÑ])) ?)"
         rf"(?:(?:don|doña|el|la) )?(?:señora?|sra?\.?|mrs?\.?|ms\.?)? ?{NAME}(?: {NAME})?"),
    _out(rf"(?P<cue>\bi(?: a|'|’)?m ){FIRST_NAMES}\b(?: {NAME})?"),
    _out(rf"\b{FIRST_NAMES}\b(?:['’]s)?"),
    _out(rf"(?P<cue>\b(?:dr|dra|mr|mrs|ms|sr|sra|srta|don|doña)\b\.? ){NAME}"),
    _out(rf"(?P<cue>(?:^|[.!?\n] ?)){WORD}(?: {NAME})? (?:here|speaking)\b(?! is)"),
    _out(rf"(?P<cue>\b(?:hi|hello|hey|dear|hola|buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa]) )"
         rf"{NAME}(?: {NAME})?(?=[,.!\n])"),
    _out(rf"(?P<cue>\b(?:thanks|thank you|thx|regards|sincerely|love|yours truly|god bless|gracias|"
         rf"atentamente|saludos|bendiciones)\b)[\s,.!-]+{NAME}(?: {WORD}){{0,2}}\W*$"),
    _out(rf"(?:\n| [-–—~])\s*{WORD}(?: {WORD})?\W*$"),
)  # fmt: skip
"""What is taken out, in this order."""


def scrub(words: str) -> str:
    """Return what staff may see of a text, at most LONGEST characters; "" if nothing is left."""
    text = unicodedata.normalize("NFC", words)
    text = "".join("0" if letter.isdigit() else letter for letter in text)
    text = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
    for step in STEPS:
        text = step(text)
    text = " ".join(_without_names(text).split())
    text = re.sub(rf"{GONE}(?:[\s{GONE},.-]*{GONE})+", GONE, text)
    return _short(text) if re.search(r"[^\W_]", text) else ""


def _without_names(text: str) -> str:
    """Take out words with a capital in the middle of a sentence, and one right before them."""
    found = list(re.finditer(rf"{WORD}|{GONE}", text))
    names = {place for place, word in enumerate(found) if _is_name(text, word)}
    opening = {place - 1 for place in names if place and _opens_name(text, found, place)}
    for word in reversed([found[place] for place in names | opening]):
        text = f"{text[: word.start()]}{GONE}{text[word.end() :]}"
    return text


def _is_name(text: str, word: re.Match[str]) -> bool:
    before = text[: word.start()].rstrip(" \"'(¿¡")
    begins = not before or before[-1] in ENDS_SENTENCE
    known = word.group() in OWN or _is_plain(word.group())
    return not begins and _has_capital(word.group()) and not known


def _is_plain(word: str) -> bool:
    return _compiled(PLAIN).fullmatch(word) is not None


def _opens_name(text: str, found: list[re.Match[str]], place: int) -> bool:
    """Tell whether a sentence's first word belongs to the name after it: "Maria Lopez"."""
    first, word = found[place - 1], found[place]
    near = text[first.end() : word.start()] == " "
    return near and _has_capital(first.group()) and not _is_plain(first.group())


def _has_capital(word: str) -> bool:
    """Tell "Maria" from "maria", "MRI" and "HELP"."""
    return word[0].isupper() and any(letter.islower() for letter in word)


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - len(GONE)]
    return f"{cut.rpartition(' ')[0] or cut}{GONE}"
