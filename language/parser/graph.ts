import type { CreateGraph, EdgeTable, ElementTable, Endpoint, Identifier } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseOptions } from './options.ts';

type GraphBody = Pick<CreateGraph, 'vertexTables' | 'edgeTables' | 'options'>;

/** VERTEX TABLES (…) [EDGE TABLES (…)] [WITH (…)] of ISO SQL/PGQ; NODE and RELATIONSHIP are its synonyms. */
export function parseGraphBody(cursor: Cursor): GraphBody {
  if (!cursor.acceptWord('VERTEX') && !cursor.acceptWord('NODE')) cursor.fail();
  cursor.expectWord('TABLES');
  const vertexTables = parseTables(cursor, () => parseVertexTable(cursor));
  let edgeTables: readonly EdgeTable[] = [];
  if (cursor.acceptWord('EDGE') ?? cursor.acceptWord('RELATIONSHIP')) {
    cursor.expectWord('TABLES');
    edgeTables = parseTables(cursor, () => parseEdgeTable(cursor));
  }
  return { vertexTables, edgeTables, options: parseOptions(cursor) };
}

function parseTables<T>(cursor: Cursor, table: () => T): T[] {
  cursor.expectSymbol('(');
  const tables = cursor.commaList(table);
  cursor.expectSymbol(')');
  return tables;
}

function parseVertexTable(cursor: Cursor): ElementTable {
  const at = cursor.position();
  const relation = cursor.expectName('a table or view');
  const parts = new TableParts(cursor, relation);
  while (parts.parseOne());
  return parts.table(at);
}

function parseEdgeTable(cursor: Cursor): EdgeTable {
  const at = cursor.position();
  const relation = cursor.expectName('a source, table or view');
  const parts = new TableParts(cursor, relation);
  let source: Endpoint | null = null;
  let destination: Endpoint | null = null;
  for (;;) {
    if (source === null && cursor.isWord('SOURCE')) source = parseEndpoint(cursor);
    else if (destination === null && cursor.isWord('DESTINATION')) destination = parseEndpoint(cursor);
    else if (!parts.parseOne()) break;
  }
  if (source === null || destination === null) cursor.fail();
  return { ...parts.table(at), source, destination };
}

function parseEndpoint(cursor: Cursor): Endpoint {
  const at = cursor.position();
  const word = cursor.advance().keyword;
  if (cursor.looksLikeName() && !cursor.looksLike('KEY')) throw cursor.notBuilt(`${word} without KEY`);
  cursor.expectWord('KEY');
  const columns = cursor.expectNames('a column');
  cursor.expectWord('REFERENCES');
  const vertexTable = cursor.expectName('a vertex table');
  const references = cursor.isSymbol('(') ? cursor.expectNames('a column') : null;
  return { at, columns, vertexTable, references };
}

/** What vertex and edge tables have in common, in any order. */
class TableParts {
  readonly #cursor: Cursor;
  readonly #relation: Identifier;
  #alias: Identifier | null = null;
  #key: readonly Identifier[] | null = null;
  readonly #labels: Identifier[] = [];
  #defaultLabel = false;
  #properties: ElementTable['properties'] | null = null;

  constructor(cursor: Cursor, relation: Identifier) {
    this.#cursor = cursor;
    this.#relation = relation;
    if (cursor.acceptWord('AS')) this.#alias = cursor.expectName('an alias');
  }

  /** Reads one part; false where none begins. */
  parseOne(): boolean {
    const cursor = this.#cursor;
    if (this.#key === null && cursor.acceptWord('KEY')) {
      this.#key = cursor.expectNames('a column');
    } else if (!this.#defaultLabel && cursor.acceptWord('LABEL')) {
      this.#labels.push(cursor.expectLabel('a label'));
    } else if (this.#labels.length === 0 && !this.#defaultLabel && cursor.acceptWords('DEFAULT', 'LABEL')) {
      this.#defaultLabel = true;
    } else if (cursor.isWord('PROPERTIES') || (cursor.looksLike('NO') && cursor.looksLike('PROPERTIES', 1))) {
      if (this.#properties !== null) throw cursor.notBuilt('PROPERTIES by label');
      this.#properties = parseProperties(cursor);
    } else {
      return false;
    }
    return true;
  }

  table(at: ElementTable['at']): ElementTable {
    return {
      at,
      relation: this.#relation,
      alias: this.#alias,
      key: this.#key,
      labels: this.#labels,
      properties: this.#properties ?? { kind: 'all', except: [] },
    };
  }
}

function parseProperties(cursor: Cursor): ElementTable['properties'] {
  if (cursor.looksLike('NO')) {
    cursor.expectWords('NO', 'PROPERTIES');
    return { kind: 'none' };
  }
  cursor.expectWord('PROPERTIES');
  const are = cursor.acceptWord('ARE') !== null;
  if (are || cursor.isWord('ALL')) {
    cursor.expectWord('ALL');
    cursor.acceptWord('COLUMNS');
    return { kind: 'all', except: cursor.acceptWord('EXCEPT') ? cursor.expectNames('a column') : [] };
  }
  cursor.expectSymbol('(');
  const items = cursor.commaList(() => {
    const column = cursor.expectName('a column');
    if (!cursor.isWord('AS') && !cursor.isSymbol(',') && !cursor.isSymbol(')'))
      throw cursor.notBuilt('expressions as PROPERTIES');
    return { column, alias: cursor.acceptWord('AS') ? cursor.expectName('a property') : null };
  });
  cursor.expectSymbol(')');
  return { kind: 'list', items };
}
