// The language described to editors: what each stretch of a text is, line by line and without an error. It imports
// nothing, so that an editor in a browser can use it; tests hold it to the lexer, the parser and the list of functions.

/** Words that are part of the language where a statement, a clause or an option stands; in upper case. */
export const KEYWORDS: readonly string[] = (
  'ACYCLIC AFTER ALERT ALL ALWAYS AND ANY ARE AS ASC ASCENDING BEFORE BETWEEN BOTH BUDGET BY CALL CASE CAST CHECK COLUMNS ' +
  'CONTAINS CREATE CROSS CURRENT DEADLINE DECIDE DECISION DEFAULT DELETE DESC DESCENDING DESTINATION DISTINCT DO EDGE ' +
  'EDGES ELSE END ENDS ESCAPE EXCEPT EXISTS EXTRACT FALLBACK FILTER FIRST FOR FROM FULL GENERATED GRAPH GREMLIN ' +
  'GROUP HAVING HIGH IDENTITY IF IN INNER INSERT INSTEAD INTERSECT INTERVAL INTO IS JOIN KEEP KEY LABEL LABELED LAST ' +
  'LATEST LEADING LEFT LET LIKE LIMIT LOW MATCH MEDIUM CRITICAL MERGE MODEL NO NODE NOT NULLS OF OFFSET ON OPTIONAL OR ' +
  'ORDER OUTCOMES OUTER OVER PARALLEL PARTITION PATH PATHS POLICY PRECEDING PRIMARY PROPERTIES PROPERTY QUERY RANGE ' +
  'REFERENCES REFUSE RELATIONSHIP REPLACE RETURN REVISION RIGHT ROW ROWS RULE SELECT SEVERITY SHORTEST SIMILAR SIMPLE ' +
  'SKIP SOME SOURCE STARTS STORED SUPPRESS SYMMETRIC SYSTEM_TIME TABLE TABLES THEN TIME TO TRAIL TRAILING TRANSFER UNBOUNDED ' +
  'UNION UPDATE USE USING VALUES VARYING VERTEX VIEW WALK WATERMARK WEBHOOK WHEN WHERE WINDOW WITH WITHIN WITHOUT XOR ' +
  'YIELD ZONE'
).split(' ');

/** Names of types, in upper case. */
export const TYPE_WORDS: readonly string[] =
  'BIGINT BOOL BOOLEAN DECIMAL DOUBLE FLOAT8 INT INT4 INT8 INTEGER NUMERIC PRECISION TEXT TIMESTAMP TIMESTAMPTZ'.split(
    ' ',
  );

/** Words that are values, in upper case. */
export const CONSTANT_WORDS: readonly string[] = ['FALSE', 'NULL', 'TRUE'];

/** Names of functions and aggregates, in lower case. */
export const FUNCTION_WORDS: readonly string[] = (
  'abs array_agg avg btrim cardinality ceil ceiling char_length character_length coalesce collect collect_list concat count ' +
  'date_part date_trunc destination edges element_id elementid end_node endnode ends_with extract floor greatest id ' +
  'is_destination is_source label labels least left length lower ltrim max min mod nodes nullif path_length position ' +
  'relationships replace right round rtrim sign size source split_part sqrt start_node startnode starts_with strpos ' +
  'substr substring sum to_timestamp tolower toupper trim trunc type upper vertices'
).split(' ');

/** What a stretch of a text is. `parameter`: `$name`. `quotedName`: a name in "…" or `…`. `text`: '…'. */
export type StretchKind =
  | 'blank'
  | 'comment'
  | 'keyword'
  | 'type'
  | 'constant'
  | 'function'
  | 'name'
  | 'quotedName'
  | 'parameter'
  | 'text'
  | 'number'
  | 'symbol'
  | 'invalid';

/** What goes on from one line to the next. */
export interface GrammarState {
  /** How many comments of the kind `/* …` are open. */
  commentDepth: number;
  /** The quote of a text or name that is open; '' for none. */
  quote: '' | "'" | '"' | '`';
  /** Whether the statement at hand has had the word MATCH: then `)-->(` is an arrow and no comment. */
  matching: boolean;
  /** The last two symbols, if nothing but blanks came since: what an arrow has before it. */
  symbols: string;
}

/** The state at the beginning of a text. */
export function startState(): GrammarState {
  return { commentDepth: 0, quote: '', matching: false, symbols: '' };
}

// All but spaces and quotes that look like others.
const LETTER =
  'A-Za-z_\\u0080-\\u009F\\u00A1-\\u1FFF\\u2010-\\u2017\\u2020-\\u2027\\u2030-\\u205E\\u2061-\\u2FFF\\u3001-\\uFEFE\\uFF00-\\uFFFF';
const WORD = new RegExp(`[${LETTER}][${LETTER}0-9$]*`, 'y');
const PARAMETER = new RegExp(`\\$(?:[${LETTER}][${LETTER}0-9]*|"(?:[^"]|"")*")`, 'y');
const NUMBER = /(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const BLANK = /[ \t\r\f\v]+/y;
const WIDE_SYMBOL = /<>|<=|>=|!=|\|\||::|\.\.|=~/y;
const SYMBOL = /[()[\]{},;.+\-*/%=<>|&!:?^~@#]/y;

const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS);
const TYPE_SET: ReadonlySet<string> = new Set(TYPE_WORDS);
const CONSTANT_SET: ReadonlySet<string> = new Set(CONSTANT_WORDS);
const FUNCTION_SET: ReadonlySet<string> = new Set(FUNCTION_WORDS);

/** A stretch of a line: its kind, and where it ends (exclusive, UTF-16 code units). */
export interface Stretch {
  readonly kind: StretchKind;
  readonly end: number;
}

/** What begins at `at` (less than the line's length) of a line; changes `state` to what holds after it. */
export function readStretch(line: string, at: number, state: GrammarState): Stretch {
  if (state.commentDepth > 0) return readComment(line, at, state);
  if (state.quote !== '') return readQuoted(line, at, state);
  const blank = match(BLANK, line, at);
  if (blank > at) return { kind: 'blank', end: blank };
  const two = line.slice(at, at + 2);
  if (two === '//' || (two === '--' && !isArrow(line, at, state)))
    return { kind: 'comment', end: line.length };
  if (two === '/*') return readComment(line, at, state);
  return readToken(line, at, state);
}

function readToken(line: string, at: number, state: GrammarState): Stretch {
  const first = line.charAt(at);
  if (first === "'" || first === '"' || first === '`') {
    state.symbols = '';
    state.quote = first;
    return readQuoted(line, at + 1, state);
  }
  if (first === '-' && isArrow(line, at, state)) {
    state.symbols = '--';
    return { kind: 'symbol', end: at + 2 };
  }
  const parameter = match(PARAMETER, line, at);
  if (parameter > at) {
    state.symbols = '';
    return { kind: 'parameter', end: parameter };
  }
  const number = match(NUMBER, line, at);
  if (number > at) {
    state.symbols = '';
    return { kind: 'number', end: number };
  }
  const word = match(WORD, line, at);
  if (word > at) {
    state.symbols = '';
    return { kind: wordKind(line, at, word, state), end: word };
  }
  return readSymbol(line, at, state);
}

function readSymbol(line: string, at: number, state: GrammarState): Stretch {
  const end = Math.max(match(WIDE_SYMBOL, line, at), match(SYMBOL, line, at));
  if (end === at) {
    state.symbols = '';
    return { kind: 'invalid', end: at + 1 };
  }
  const symbol = line.slice(at, end);
  if (symbol === ';') state.matching = false;
  state.symbols = (state.symbols + symbol).slice(-2);
  return { kind: 'symbol', end };
}

function wordKind(line: string, at: number, end: number, state: GrammarState): StretchKind {
  const word = line.slice(at, end);
  const upper = word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  if (upper === 'MATCH') state.matching = true;
  // After a dot a word is always a name: `last.label`.
  if (line.charAt(at - 1) === '.') return 'name';
  if (FUNCTION_SET.has(word.toLowerCase()) && /^\s*\(/.test(line.slice(end))) return 'function';
  if (CONSTANT_SET.has(upper)) return 'constant';
  if (TYPE_SET.has(upper)) return 'type';
  return KEYWORD_SET.has(upper) ? 'keyword' : 'name';
}

/** The rest of a text or name, a doubled quote being one of its characters. */
function readQuoted(line: string, at: number, state: GrammarState): Stretch {
  const { quote } = state;
  const kind = quote === "'" ? 'text' : 'quotedName';
  for (let from = at; ; from += 2) {
    from = line.indexOf(quote, from);
    if (from < 0) return { kind, end: line.length };
    if (line.charAt(from + 1) === quote) continue;
    state.quote = '';
    return { kind, end: from + 1 };
  }
}

/** The rest of a comment on this line; comments nest. */
function readComment(line: string, at: number, state: GrammarState): Stretch {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  for (let mark = marks.exec(line); mark !== null; mark = marks.exec(line)) {
    state.commentDepth += mark[0] === '/*' ? 1 : -1;
    if (state.commentDepth === 0) return { kind: 'comment', end: marks.lastIndex };
  }
  return { kind: 'comment', end: line.length };
}

/** Whether `--` at this place is openCypher's edge between two vertices: what the lexer asks, on one line. */
function isArrow(line: string, at: number, state: GrammarState): boolean {
  if (!state.matching || line.slice(at, at + 2) !== '--') return false;
  const rest = line.slice(at, at + 80);
  const adjacent = !/\s/.test(line.charAt(at - 1)) && at > 0;
  if (state.symbols.endsWith(')'))
    return /^-->\s*\(/.test(rest) || (adjacent && /^--(\(|>\s*[{+*])/.test(rest));
  return state.symbols === ')<' && adjacent && /^-->?\s*[({+*]/.test(rest);
}

function match(pattern: RegExp, line: string, at: number): number {
  pattern.lastIndex = at;
  const found = pattern.exec(line);
  return found === null ? at : at + found[0].length;
}
