"""Plain language: the measures and safety rules a program can check, on plain values.

syllables     how many syllables a word has
numbers       figures and number words: what they are worth, how they are said
sentences     where sentences and words begin and end
readability   reading grade and ease from these counts
phrases       finding listed words in a text, whatever their accents and capitals
language      what plain.toml says about one locale: word lists and limits
rules         one function for each rule of docs/rules.md about wording: text in, findings out

Nothing here knows scripts or files; `voice.check` brings both together.
"""
