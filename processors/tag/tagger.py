"""The tagger put together: sentences -> mentions of actors, places, numbers -> acts with their roles -> events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from processors.tag import actors, glossary, names, phrases
from processors.tag.attribution import Passage, attributed
from processors.tag.casualties import TollMention, is_accident, is_violent, may_tell_toll, tolls
from processors.tag.chrome import story_ranges
from processors.tag.confidence import confidence_of
from processors.tag.dates import dates
from processors.tag.drafts import Draft, grounded, merged
from processors.tag.figures import is_figure
from processors.tag.glossary import Glossary
from processors.tag.inflect import Form
from processors.tag.lexicon import Kind, Lexicon, load
from processors.tag.named import Side
from processors.tag.places import PlaceFinder
from processors.tag.reading import Reading
from processors.tag.relevance import is_plain_force, main_statements, stands_alone, tells_force, tolls_told, weighed
from processors.tag.scene import Scene
from processors.tag.screen import Screen
from processors.tag.senses import Sense, Senses
from processors.tag.stakes import settled
from processors.tag.statements import Statement, statements
from processors.tag.status import cues
from processors.tag.tokens import Sentence, sentences
from tocsin.model import EscalationEvent, EventType, NewsItem, Relation, Sign, Story, content_id

FIELDS = ("title", "summary", "text")
LANGUAGES = ("es",)
"""Languages read beside English, each by its glossary."""
LONGEST_FIELD = 65_536
"""Characters of a field that are read; what news puts behind them is not news."""


class TagSettings(BaseModel):
    """[lexicon] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extra: tuple[Path, ...] = ()
    """Lexicon files of one's own, read after the shipped ones: `.toml` for acts and cues, `.tsv` for actors."""

    def build(self) -> Tagger:
        return Tagger(self)


class _Found(NamedTuple):
    """A sentence, the text of its field, and what in it makes its item worth a closer reading: the tolls and the acts it tells."""

    sentence: Sentence
    source: str
    tolls: Sequence[TollMention]
    statements: Sequence[Statement]


class _Read(NamedTuple):
    """A sentence read: the tolls it tells and, where it tells an act, all that was found in it and the statements it is about."""

    passage: Passage
    scene: Scene | None = None
    about: Sequence[Statement] = ()


class Tagger:
    """The stage Story -> EscalationEvent. Holds nothing but its lexicon; the same item gets the same events."""

    def __init__(self, settings: TagSettings | None = None) -> None:
        extra = (settings or TagSettings()).extra
        self._lexicon = load(path for path in extra if path.suffix != ".tsv")
        self._screen = Screen(self._lexicon)
        self._senses = Senses(self._lexicon)
        self._names = names.load(path for path in extra if path.suffix == ".tsv")
        self._actors = actors.ActorFinder(self._names, phrase_words(self._lexicon))
        self._places = PlaceFinder(self._names)
        self._glossaries = tuple(glossary.load(language) for language in LANGUAGES)

    def __call__(self, story: Story) -> Iterable[EscalationEvent]:
        return self.tag(story.item, story)

    def tag(self, item: NewsItem, story: Story | None = None) -> list[EscalationEvent]:
        """The events one item tells, in the order of the text; none for news of another kind."""
        text = f"{item.title}\n{item.summary}\n{item.text}"
        whole = text.casefold()
        spoken = next((one for one in self._glossaries if one.is_spoken(whole)), None)
        if spoken is not None:
            whole = spoken.words(whole)
        words = self._screen.words(whole)
        if words is None:
            return []
        if spoken is None and len(text) < LONGEST_FIELD and not (self._screen.may_tell_anywhere(words, text) or may_tell_toll(words)):
            return []
        sense = self._senses.weigh(words, whole)
        if sense.is_foreign:
            return []
        found = list(self._found(item, spoken))
        if not any(one.statements or one.tolls for one in found):
            return []
        read = list(self._read(item, found))
        said = [(one.passage, draft) for one in read if one.scene for draft in one.scene.drafts(one.about)]
        figures = [is_figure(draft, self._lexicon) for _, draft in said]
        meant = [told for told, is_none in zip(said, figures, strict=True) if not is_none]
        numbered = [(passage, replace(draft, order=order)) for order, (passage, draft) in enumerate(meant)]
        kept = [(passage, draft, weighed(draft, sense)) for passage, draft in numbered]
        ours = merged([grounded(draft) for _, _, draft in kept if draft])
        others = [(passage, draft) for passage, draft, own in kept if not own]
        forced = tells_force((statement for one in read if one.scene for statement in one.scene.statements), sense)
        plain = merged(
            [grounded(draft) for passage, draft in others if is_plain_force(draft, sense, is_accident=passage.is_accident and not forced)]
        )
        passages = [one.passage for one in read]
        figurative = {(passage.field, passage.start) for (passage, _), is_none in zip(said, figures, strict=True) if is_none}
        lone = [
            (passage.field, passage.start) not in figurative and stands_alone(sense, is_accident=passage.is_accident and not forced)
            for passage in passages
        ]
        told = attributed(ours, plain, passages, lone, forced=forced)
        return self._events([settled(draft, sense) for draft in told], item, story, sense)

    def _found(self, item: NewsItem, spoken: Glossary | None) -> Iterator[_Found]:
        for written, source in _sentences(item, self._lexicon.chrome):
            sentence = spoken.read(written) if spoken else written
            may_tell = self._screen.may_tell(sentence.lower)
            yield _Found(sentence, source, tolls(sentence), statements(Reading(sentence, self._lexicon)) if may_tell else ())

    def _read(self, item: NewsItem, found: Iterable[_Found]) -> Iterator[_Read]:
        """The sentences of an item: the tolls each tells, and what else it says if it tells an act."""
        before: Side | None = None
        countries: set[str] = set()
        for sentence, source, told, stated in found:
            said = dates(sentence, item.at.date()) if told or stated else []
            passage = Passage(
                field=sentence.field,
                start=sentence.start,
                end=sentence.end,
                source=source,
                tolls=told,
                is_past=any(date.is_background for date in said),
                is_accident=is_accident(sentence),
                is_violent=is_violent(sentence),
            )
            if not stated:
                yield _Read(passage)
                continue
            reading = stated[0].reading
            looked = names.Looked(sentence, self._names)
            mentions = self._actors.among(looked, reading.verbs)
            countries |= {mention.actor.country for mention in mentions if mention.actor.country}
            scene = Scene(
                source=source,
                reading=reading,
                statements=stated,
                actors=mentions,
                tolls=told,
                dates=said,
                places=self._places.among(looked, countries),
                cues=cues(reading),
                before=before,
                is_dated=item.published is not None,
            )
            before = _topic_side(scene) or before
            about = main_statements(scene)
            yield _Read(replace(passage, tolls=tolls_told(scene, about)), scene, about)

    def _events(self, drafts: Sequence[Draft], item: NewsItem, story: Story | None, sense: Sense) -> list[EscalationEvent]:
        seen: set[str] = set()
        events = []
        for draft in drafts:
            key = _event_id(item, draft)
            if key not in seen:
                seen.add(key)
                events.append(self._event(key, draft, item, story, sense))
        return events

    def _event(self, key: str, draft: Draft, item: NewsItem, story: Story | None, sense: Sense) -> EscalationEvent:
        facts = self._lexicon.types[draft.deed.type]
        return EscalationEvent(
            id=key,
            type=EventType(draft.deed.type),
            mode=draft.deed.mode or None,
            sign=draft.sign,
            status=draft.status,
            intensity=facts.modes.get(draft.deed.mode, facts.score),
            confidence=confidence_of(draft, sense),
            evidence=draft.evidence,
            actor=draft.actor,
            target=draft.target,
            place=draft.place,
            on=draft.on,
            casualties=draft.tolls,
            responds_to=draft.response,
            rule=draft.deed.rule,
            lexicon=self._lexicon.version,
            item=item.id,
            story=story.id if story else item.id,
            relation=story.relation if story else Relation.NEW,
            feed=item.feed,
            outlet=item.outlet,
            url=item.url,
            headline=item.title or item.summary or item.text[:120],
            at=item.at,
            fetched=item.fetched,
            baseline=item.baseline,
        )


def label(events: Sequence[EscalationEvent]) -> str:
    """One word for an item: escalation where any event escalates, else deescalation, else none."""
    signs = {event.sign for event in events}
    return next((str(sign) for sign in (Sign.ESCALATION, Sign.DEESCALATION) if sign in signs), "none")


def phrase_words(lexicon: Lexicon) -> phrases.PhraseWords:
    """What the actor finder needs of the grammar: the words that end a noun phrase."""
    closed = {word for word, kind in lexicon.kinds.items() if kind & ~(Kind.DETERMINER | Kind.TEMPORAL)}
    plain = {word for word, form in lexicon.verbs.items() if form & (Form.PAST | Form.PARTICIPLE) and not form & (Form.BASE | Form.S)}
    doubtful = set(lexicon.verbs) - plain
    return phrases.PhraseWords(closed=closed, verbs=plain, doubtful=doubtful)


def _sentences(item: NewsItem, chrome: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Sentence, str]]:
    """The sentences of an item's story with the text of their field; a text that only repeats is read once."""
    told: set[str] = set()
    for field in FIELDS:
        text = getattr(item, field)
        for start, end in story_ranges(text[:LONGEST_FIELD], chrome):
            piece = text[start:end]
            if piece.strip() in told:
                continue
            told.add(piece.strip())
            for sentence in sentences(field, piece, start):
                yield sentence, text


def _topic_side(scene: Scene) -> Side | None:
    """Whom a sentence is about: the actor of its first main act, for the pronouns of the next."""
    for statement in scene.statements:
        if statement.depth == 0:
            actor, _ = scene.sides(statement)
            if actor and actor.known:
                return actor
    return None


def _event_id(item: NewsItem, draft: Draft) -> str:
    return content_id(
        item.id,
        draft.actor.side if draft.actor else "",
        draft.target.side if draft.target else "",
        draft.deed.type,
        draft.deed.mode,
        draft.sign,
        draft.status,
        draft.place.name if draft.place else "",
        str(draft.on or ""),
    )
