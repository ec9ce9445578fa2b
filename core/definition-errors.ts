/** Of the table of errors those of the text of definitions. */
export const DEFINITION_ERRORS = {
  SYNTAX: {
    message: 'expected {expected}, found {found}',
    retryable: false,
    mend: 'Correct the statement at the place named; docs/language.md has the grammar.',
  },
  TEXT_TOO_LARGE: {
    message: 'the definitions hold {size} bytes, more than {limit}',
    retryable: false,
    mend: 'Split the definitions over several tenants or remove what is not used.',
  },
  NESTING_TOO_DEEP: {
    message: 'the text nests deeper than {limit} levels',
    retryable: false,
    mend: 'Break the expression into views or LET steps.',
  },
  NOT_BUILT: {
    message: 'not built yet: {feature}',
    retryable: false,
    mend: 'Leave it out; README.md says what works today.',
  },
  UNKNOWN_NAME: {
    message: 'there is no {what} named {name}',
    retryable: false,
    mend: 'Use one of the known names; the nearest is given as a hint.',
  },
  DUPLICATE_NAME: {
    message: '{what} {name} is defined twice',
    retryable: false,
    mend: 'Rename one of the two.',
  },
  RECURSIVE_DEFINITION: {
    message: '{name} is defined by itself: {cycle}',
    retryable: false,
    mend: 'Break the circle; a definition may use only what does not use it.',
  },
  TYPE_MISMATCH: {
    message: '{what} must be {expected}, but is {found}',
    retryable: false,
    mend: 'Cast the value or use a column of the right type.',
  },
  INVALID_DEFINITION: {
    message: '{reason}',
    retryable: false,
    mend: 'Change the definition as the message says.',
  },
  NOT_DETERMINISTIC: {
    message: '{name} reads {reads}, which nothing in a definition may',
    retryable: false,
    mend: 'Take the value from a column of the event: a replay has to compute the same again.',
  },
  CALENDAR_INTERVAL: {
    message: "the interval '{text}' has months or years, whose length is not fixed",
    retryable: false,
    mend: 'Give the interval in days, hours, minutes or seconds.',
  },
  DROP_NOT_ALLOWED: {
    message: 'the new text no longer has {what} {name}',
    retryable: false,
    mend: 'Keep the statement, or publish with allowDrop (`--allow-drop`).',
  },
  INCOMPATIBLE_CHANGE: {
    message: '{what} {name} cannot change like this: {reason}',
    retryable: false,
    mend: 'Sources and tables only gain nullable columns, at the end.',
  },
  CHECK_UNMET: {
    message: 'table {table} holds a row whose {column} is below 0, which the new CHECK forbids',
    retryable: false,
    mend: 'Upsert or delete such rows first, or leave the CHECK out.',
  },
} as const;
