"""The words of what readers find; they belong into `langchain_customerio.messages`."""

from __future__ import annotations

from typing import Final

from langchain_customerio.messages import MESSAGES

READING: Final[dict[str, str]] = {
    # The source as a whole
    "source_shorter": (
        "the source ends after {count:,} records, but the checkpoint says that {settled:,} are settled: it is not the"
        " same source from its beginning"
    ),
    "no_such_column": "there is no column {column}; there are {columns}",
    "no_such_type": "the type of column {column} is not one of {choices}: {found}",
    "column_twice": "there are two columns {column}: rename one of them",
    "same_field": "columns {first} and {second} are the same field: map it to one of them with {map}",
    "header_not_csv": "the header is not CSV: {what}",
    "too_many_columns": "the source has {count:,} columns; at most {most:,} are read",
    "no_such_encoding": "there is no encoding {encoding}; it is a name such as utf-8 or windows-1252",
    "zero_bytes": "{name} has zero bytes, as UTF-16 without a mark does: give its {encoding}, such as utf-16-le",
    "damaged": "{name} is damaged, or is not what its name says ({kind})",
    "not_a_delimiter": "a delimiter is one character, and not a quote or the end of a line",
    # Records
    "not_csv": "is not CSV: {what}",
    "record_too_long": "is a record of {size:,} characters; at most {most:,} are read",
    "line_too_long": "is a line of {size:,} bytes; at most {most:,} are read, and only its beginning is kept here",
    "too_many_keys": "has {count:,} keys; at most {most:,} are read",
    "cell_count": "has {cells} under {columns}",
    "wrong_text": "is not {codec}: {encoding} says how the file is encoded",
    "not_of_chosen_type": "is not of the type {type}",
    "not_of_type": (
        "is not of the column's type, {type}, which all of its cells in the first {rows:,} rows have: choose another with"
        " {types}"
    ),
    "no_zone": "has no time zone: add one, or give {timezone}",
    "beyond_years": "is not between the years 1 and 9999",
    "unreadable": "cannot be read ({kind})",
    "binary": "is binary data, which JSON cannot carry: encode it as text, or leave the column out",
    # What a column became
    "text_leading": "is text: a cell begins with a zero or a plus sign; {types} makes it a number",
    "text_trailing": "is text: a number would lose the zero at the end of a cell; {types} makes it a number",
    "text_exponent": "is text: a cell has an exponent; {types} makes it a number",
    "text_digits": "is text: a cell has more digits than a number keeps",
    "text_comma": "is text: if the comma is a decimal mark, say so with {decimal}",
    "text_words": "is text: if the words mean true and false, say so with {true} and {false}",
    "text_dates": "is text: {date_format} says how dates are written",
    # What is noticed
    "looks_missing": "looks like a missing value, so that several people may become one",
    "id_blanks": "has blanks around it, which makes it another id; {trim} leaves them out",
    "blanks": "has blanks around it; {trim} leaves them out",
    "name_blanks": "the blanks around this name of a column were left out",
    "no_name": "a column without a name was left out, as the index that pandas writes",
    "index_column": "was left out, since it is the index that pandas writes; {map} takes it",
    "nearly_field": "is not a field: did you mean {field}? {map} says so",
    "names_alike": "differs from column {other} by case or blanks only",
    "column_empty": "this column is empty throughout",
}
MESSAGES.update(READING)
READING["wrong_encoding"] = "{name} is not {codec}: give its {encoding}"
READING["wrong_byte"] = (
    "{name} is not UTF-8: line {line:,}, byte {byte:,} is {value}. Give its {encoding}, such as windows-1252; {encoding}"
    " utf-8 refuses only the records that are wrong"
)
READING["no_such_mark"] = "is a point or a comma"
MESSAGES.update(READING)
READING |= {
    "no_such_nulls": "is drop or send",
    "no_such_call": "there is no call {call}; there are {calls}",
    "no_such_zone": "there is no time zone {timezone_name}; it is a name such as UTC or Europe/Berlin",
    "map_nearly": "the map names a field {field}, which is not a field of {call}: did you mean {close}?",
    "map_no_field": "the map names a field {field}, which is not a field of {call}: its fields are {fields}",
    "map_no_parts": "the map names a field {field}, but {head} has no parts",
}
MESSAGES.update(READING)
READING |= {
    "csv_blank": "is not CSV: a blank is between a delimiter and a quote; {trim} leaves such blanks out ({lines})",
    "csv_open": "is not CSV: a quote is not closed, so that nothing after it can be told apart ({lines})",
    "csv_text": (
        "is not CSV: text follows the closing quote of a cell; a quote within a cell is written twice ({lines}, up to"
        " where the next record begins for certain)"
    ),
}
MESSAGES.update(READING)
READING |= {
    "no_such_delimiter": "is one character, and not a quote or the end of a line",
    "bad_header": "the header of the file cannot be read: {what}",
}
MESSAGES.update(READING)
READING |= {
    "json_array": "{name} is a JSON array: write one object on each line, as jq -c '.[]' does",
}
MESSAGES.update(READING)
READING |= {
    "mixed_column": "column {column} has values of several types: make it one, for example text by astype(str)",
    "not_arrow": "the {name} cannot be read as an Arrow table ({kind})",
    "table_type": "a table has its own types, and column {column} can only be made text",
}
MESSAGES.update(READING)
READING |= {
    "option_unused": "has no meaning for this kind of source: leave it out",
    "not_a_source": "{found} cannot be loaded: give a path, an open file, a table, or calls in a list",
    "format_unknown": "the name of {name} does not say what it holds: {format} is jsonl, csv or parquet",
    "parquet_stream": "a Parquet file is read from any place: give its path",
    "not_json_lines": "{name} does not begin with a JSON object: {format} says what it holds, jsonl or csv",
}
MESSAGES.update(READING)
READING["no_key"] = "has no {key}, which tells it from others"
MESSAGES.update(READING)
