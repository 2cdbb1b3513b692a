"""Tokens and sentences: where words begin and end, and that no character is misplaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.tokens import LONGEST_SENTENCE, sentences, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # numbers keep their marks, abbreviations their points
        ("U.S. jets hit 1,200 sites, 3.5 km off.", ["U.S.", "jets", "hit", "1,200", "sites", ",", "3.5", "km", "off", "."]),
        # the possessive and the negation are words of their own, straight or curly
        ("Iran’s army didn't, O'Brien won’t", ["Iran", "’s", "army", "did", "n't", ",", "O'Brien", "wo", "n’t"]),
        ("the 3rd of May; A1 road", ["the", "3rd", "of", "May", ";", "A1", "road"]),
        ("soldiers' bodies", ["soldiers", "'", "bodies"]),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenize(text)] == tokens


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Gen. Smith met Mr. Jones. They talked.", 2),
        ("John F. Kennedy spoke.", 1),
        ("A headline\nA line below it", 2),
        # the closing quotes go with the sentence they close
        ('"We will strike." He left.', 2),
        ("", 0),
        ("\n\n", 0),
        ("word " * (LONGEST_SENTENCE + 1), 2),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(list(sentences("text", text))) == count


def test_a_closing_quote_ends_its_sentence() -> None:
    first, second = sentences("text", '"We will strike." He left.')
    assert (first.tokens[-1].text, second.tokens[0].text) == ('"', "He")


@given(st.text())
def test_every_token_stands_where_it_says_and_nothing_but_space_is_lost(text: str) -> None:
    tokens = [token for sentence in sentences("text", text) for token in sentence.tokens]
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert "".join(token.text for token in tokens) == "".join(text.split())
