"""What customers write: made safe to read, given a language and a sentiment, sorted by theme.

`redaction` takes personal data out, `language` and `sentiment` judge one text, `themes` matches the
company's taxonomy, `emerging` finds what the taxonomy misses, `costs` and `quotes` make figures of
it. All are pure functions: the same text gives the same answer, whatever stands beside it.
"""
