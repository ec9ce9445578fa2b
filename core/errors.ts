import { DEFINITION_ERRORS } from './definition-errors.ts';
import type { SourcePosition } from './source-position.ts';
import { TRANSFER_ERRORS } from './transfer-errors.ts';

/** One kind of operating error: what is said, whether trying again may help, and how to mend it. */
export interface ErrorKind {
  /** `{name}` is replaced by the detail of that name. */
  readonly message: string;
  readonly retryable: boolean;
  readonly mend: string;
}

/** Every error that an operator, a tenant or their data can cause. `docs/errors.md` says the same; a test compares. */
export const ERRORS = {
  // Text of definitions
  ...DEFINITION_ERRORS,
  // Values and rows of the input
  VALUE_INVALID: {
    message: "'{text}' is no {type}",
    retryable: false,
    mend: 'Correct the value in the input; docs/language.md says what each type accepts.',
  },
  VALUE_OUT_OF_RANGE: {
    message: "'{text}' does not fit {type}",
    retryable: false,
    mend: 'Correct the value, or give the column a wider type.',
  },
  VALUE_TOO_LONG: {
    message: 'a text of {size} characters is longer than {limit}',
    retryable: false,
    mend: 'Shorten the text in the input.',
  },
  EVENT_TIME_MISSING: {
    message: 'the event time {column} is NULL',
    retryable: false,
    mend: 'Give every event of a source with a WATERMARK its time.',
  },
  EVENT_TOO_FAR_AHEAD: {
    message: 'the event time {time} is further ahead of its arrival than max_ahead allows',
    retryable: false,
    mend: 'Correct the clock that stamps the events, or raise max_ahead of the source.',
  },
  VALUE_MISSING: {
    message: '{column} is NULL, but is declared NOT NULL or PRIMARY KEY',
    retryable: false,
    mend: 'Give every row a value for it; the names of fields have to match the columns.',
  },
  CHECK_VIOLATED: {
    message: '{column} is {value}, but is declared CHECK ({column} >= 0)',
    retryable: false,
    mend: 'Give a value that is not negative.',
  },
  ROW_NOT_UTF8: {
    message: 'the row has bytes that are no UTF-8',
    retryable: false,
    mend: 'Write the file in UTF-8.',
  },
  ROW_TOO_LONG: {
    message: 'the row does not end within {limit} bytes',
    retryable: false,
    mend: 'Shorten the row; in CSV look for a quote that is not closed.',
  },
  CSV_INVALID: {
    message: 'the row is no CSV: {reason}',
    retryable: false,
    mend: 'Put fields that hold quotes, commas or line ends in quotes, and double the quotes in them (RFC 4180).',
  },
  CSV_FIELD_COUNT: {
    message: 'the row has {found} fields, the header {expected}',
    retryable: false,
    mend: 'Give every row a field for each of the header; fields that hold commas belong in quotes.',
  },
  JSON_INVALID: {
    message: 'the line is no JSON: {reason}',
    retryable: false,
    mend: 'Write one JSON object on each line; NaN and infinities are no JSON.',
  },
  JSON_NOT_A_ROW: {
    message: 'the line holds {found}, where a row is a JSON object',
    retryable: false,
    mend: 'Write one JSON object on each line, its fields named as the columns.',
  },
  OPERATION_INVALID: {
    message: 'the line is no change of a table',
    retryable: false,
    mend: 'Write {"op":"upsert","row":{…}}, {"op":"delete","row":{…}}, or the bare row, which is an upsert.',
  },

  // Transfers
  ...TRANSFER_ERRORS,

  // Stored data
  FRAME_CORRUPT: {
    message: 'a frame of records is damaged: {reason}',
    retryable: false,
    mend: 'Restore the data folder from a copy; docs/operations.md says what can be recovered.',
  },
  FRAME_UNSUPPORTED: {
    message: 'a frame of records has {what}, which this build does not know',
    retryable: false,
    mend: 'Use the version of Ringwatch that wrote the data folder, or a newer one.',
  },
  LOG_FULL: {
    message: 'the log in {path} cannot grow: no space is left',
    retryable: true,
    mend: 'Free space on its disk and start again; give an etcd a larger quota (docs/operations.md). Everything acknowledged is kept.',
  },
  LOG_UNAVAILABLE: {
    message: 'the log in {path} does not answer: {reason}',
    retryable: true,
    mend: 'Start the servers that are missing: a majority of etcd members, all but one Kafka broker. What was refused is not stored.',
  },
  LOG_UNSUITED: {
    message: 'the log in {path} cannot be kept there: {reason}',
    retryable: false,
    mend: 'Change the setting of its topic (docs/operations.md), or give it another topic.',
  },
  LOG_OUTCOME_UNKNOWN: {
    message: 'whether the log in {path} holds the batch {batch} is not known: {reason}',
    retryable: true,
    mend: 'Send it again once the log answers: what has a key or an idempotency key is taken once.',
  },
  LOG_BATCH_TAKEN: {
    message: 'the log in {path} holds what another process wrote under the id of the batch {batch}',
    retryable: true,
    mend: 'Send it again: it is not stored, and goes under a new id. Two processes had one origin of ids, as copies of a running machine have.',
  },
  LOG_WRITE_FAILED: {
    message: 'the log in {path} cannot be written: {reason}',
    retryable: true,
    mend: 'Mend the disk and start again; everything acknowledged is kept.',
  },
  LOG_CLOSED: {
    message: 'the log in {path} is closed',
    retryable: false,
    mend: 'Open the data folder again.',
  },
  LOG_TRIMMED: {
    message: 'the log begins at offset {start}; offset {offset} is archived',
    retryable: false,
    mend: 'Read the archive up to where the log begins.',
  },
  LOG_CORRUPT: {
    message: 'the log in {path} is damaged at offset {offset}: {reason}',
    retryable: false,
    mend: 'Restore the data folder from a copy. Nothing after the damage has been folded.',
  },
  CHECKPOINT_CORRUPT: {
    message: 'the checkpoint in {path} is damaged: {reason}',
    retryable: false,
    mend: 'None needed: it is thrown away, and the state folded again from the whole log.',
  },
  CHECKPOINT_WRITE_FAILED: {
    message: 'a checkpoint in {path} cannot be written: {reason}',
    retryable: true,
    mend: 'Free space on its disk or mend it; meanwhile recovery takes longer, and nothing is lost.',
  },
  ARCHIVE_CORRUPT: {
    message: 'the archived segment {path} is damaged: {reason}',
    retryable: false,
    mend: 'Restore the segment from a copy. A checkpoint that covers it is still good.',
  },
  ARCHIVE_WRITE_FAILED: {
    message: 'a segment of the log cannot be archived in {path}: {reason}',
    retryable: true,
    mend: 'Free space on its disk or mend it; meanwhile the log keeps the records.',
  },
  DATA_FOLDER_IN_USE: {
    message: 'the data folder {path} is open in another process ({process})',
    retryable: true,
    mend: 'Wait for that process to end, or stop it.',
  },
  DATA_FOLDER_UNSUPPORTED: {
    message: 'the data folder {path} is of format {format}, which this build does not know',
    retryable: false,
    mend: 'Use the version of Ringwatch that wrote it, or a newer one.',
  },
  // Segments of graphs
  SEGMENT_CORRUPT: {
    message: 'a graph segment is damaged: {reason}',
    retryable: false,
    mend: 'None needed where there is a log: the segment is thrown away and built again from it.',
  },
  SEGMENT_LOST: {
    message:
      'the segment of {table} of the graph view {graph}, which lay on disk, cannot be had back: {reason}',
    retryable: true,
    mend: 'None needed: the tenant is opened again from its checkpoint and log. Look at the disk.',
  },
  COLD_WRITE_FAILED: {
    message: 'a segment that nobody reads cannot be written to {path}: {reason}',
    retryable: true,
    mend: 'Free space on the disk; until then the segment stays in memory.',
  },
  SEGMENT_UNSUPPORTED: {
    message: 'a graph segment has {what}, which this build does not know',
    retryable: false,
    mend: 'Use the version of Ringwatch that wrote it, or a newer one.',
  },
  GRAPH_MEMORY_FULL: {
    message: 'graphs need {size} bytes more, and may hold {limit}',
    retryable: true,
    mend: 'Give graphs more memory, retain edges for a shorter time, or split the tenant.',
  },
  EDGE_LIST_INVALID: {
    message: 'line {line} of {path} is no edge: {reason}',
    retryable: false,
    mend: 'Give each edge a line: source, destination, then columns; `#` begins a comment.',
  },
  // Tenants, and who may do what
  UNAUTHENTICATED: {
    message: 'the credential is missing, unknown, expired or revoked',
    retryable: false,
    mend: 'Send a valid API key or session as `Authorization: Bearer …`.',
  },
  FORBIDDEN: {
    message: '{operation} takes the scope {scope}',
    retryable: false,
    mend: 'Use a key that has the scope, or ask an admin of the tenant for it.',
  },
  OPERATION_UNKNOWN: {
    message: 'there is no operation {operation}',
    retryable: false,
    mend: 'Use an operation of the schema or a documented route.',
  },
  TENANT_UNKNOWN: {
    message: 'there is no tenant {tenant}',
    retryable: false,
    mend: 'Check the id or slug; a key reaches its own tenant only.',
  },
  TENANT_MISSING: {
    message: 'the request names no tenant',
    retryable: false,
    mend: "Name one in the header `x-ringwatch-tenant`: the operator's token belongs to none.",
  },
  SLUG_INVALID: {
    message: "'{slug}' is no slug: {reason}",
    retryable: false,
    mend: 'Use 3 to 40 lower case letters, digits and hyphens, a letter first.',
  },
  SLUG_TAKEN: {
    message: 'there is a tenant {slug} already',
    retryable: false,
    mend: 'Choose another slug.',
  },
  FIELD_INVALID: {
    message: '{field} is wrong: {reason}',
    retryable: false,
    mend: 'Correct the field as the message says.',
  },
  EMAIL_TAKEN: {
    message: 'another member has the address {email}',
    retryable: false,
    mend: 'Use another address, or update that member.',
  },
  NOT_FOUND: {
    message: 'there is no {what} {id}',
    retryable: false,
    mend: 'Check the id; what belongs to another tenant does not exist here.',
  },
  SCOPE_NOT_HELD: {
    message: 'the scope {scope} cannot be given by who does not have it',
    retryable: false,
    mend: 'Ask someone who has the scope, or the operator.',
  },
  SECOND_PERSON_NEEDED: {
    message: 'the draft needs a second person: {reason}',
    retryable: false,
    mend: 'Let another member, or a key that neither of you made, publish it; or switch the two-person rule off.',
  },
  DRAFT_CLOSED: {
    message: 'the draft {id} is {status}',
    retryable: false,
    mend: 'Make a new draft.',
  },
  DRAFT_OUTDATED: {
    message: 'version {current} came into force since the draft was made of version {base}',
    retryable: false,
    mend: 'Look at what is in force now, and draft again.',
  },
  RULE_STATE: {
    message: 'the rule {rule} is {state} already',
    retryable: false,
    mend: 'None needed.',
  },
  ENDPOINT_NAME_TAKEN: {
    message: 'another webhook endpoint is called {name}',
    retryable: false,
    mend: 'Choose another name, or update that endpoint.',
  },
  REPLAY_TOO_LARGE: {
    message: 'the range holds more than {limit} deliveries',
    retryable: false,
    mend: 'Replay shorter ranges one after the other.',
  },
  WEBHOOK_STATUS: {
    message: 'the receiver answered {status}',
    retryable: true,
    mend: 'Let the receiver answer 2xx once it has the message; redirects are not followed.',
  },
  ADDRESS_REFUSED: {
    message: 'no message may be sent to this address: {reason}',
    retryable: false,
    mend: 'Name a public https address; the operator may allow others (webhook_allow).',
  },
  SEND_TIMEOUT: {
    message: 'the receiver did not answer within {timeoutMs} ms',
    retryable: true,
    mend: 'Answer first and work after that; 2xx says that the message was taken.',
  },
  SEND_FAILED: {
    message: 'the message could not be sent: {reason}',
    retryable: true,
    mend: 'Check that the receiver is up, its name resolves and its certificate is valid.',
  },
  CURSOR_INVALID: {
    message: 'the cursor is none of this list',
    retryable: false,
    mend: 'Take cursors from a page of the same list, as they are.',
  },
  RATE_LIMITED: {
    message: 'more {what} than {limit} a second',
    retryable: true,
    mend: 'Wait as long as `retryAfterMs` says, and send more slowly.',
  },
  QUOTA_EXCEEDED: {
    message: 'the quota of {limit} {what} is used up',
    retryable: false,
    mend: 'Ask the operator for a greater quota, or wait for the next month where it is monthly.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    message: 'the idempotency key is wrong: {reason}',
    retryable: false,
    mend: 'Use 1 to 255 printable ASCII characters, such as a UUID.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    message: 'the idempotency key was used for another request',
    retryable: false,
    mend: 'Take a new key for each new request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    message: 'a request with this idempotency key is under way',
    retryable: true,
    mend: 'Wait for its answer, or ask again in a moment.',
  },
  PUBLICATION_UNDER_WAY: {
    message: 'another process is publishing definitions of this tenant',
    retryable: true,
    mend: 'Try again in a moment; whether the draft is outdated by then, the answer says.',
  },
  SECRET_KEY_DIFFERS: {
    message: 'the catalog was written with another secret.key than this process has',
    retryable: false,
    mend: 'Give every process the secret.key that the catalog began with, or name another catalog.',
  },
  SECRET_UNREADABLE: {
    message: 'a stored secret cannot be decrypted: {reason}',
    retryable: false,
    mend: 'Put back the file secret.key that the data folder was written with.',
  },
  ADMIN_TOKEN_REFUSED: {
    message: 'the embedded admin token is off: {reason}',
    retryable: false,
    mend: 'Serve on a loopback address and outside NODE_ENV=production, or configure an identity provider.',
  },

  // The catalog
  CATALOG_BUSY: {
    message: 'more than {limit} transactions wait for the catalog',
    retryable: true,
    mend: 'Try again in a moment, with fewer requests at once.',
  },
  CATALOG_TIMEOUT: {
    message: 'the catalog did not finish within {limit} ms; what the request changed may have been kept',
    retryable: true,
    mend: 'Try again with the same idempotency key.',
  },
  CATALOG_CLOSED: {
    message: 'the catalog is closed',
    retryable: true,
    mend: 'Wait for the service to start again.',
  },
  CATALOG_FAILED: {
    message: 'the catalog in {path} failed: {reason}',
    retryable: true,
    mend: 'Free space on its disk or mend it, and start again; what was acknowledged is kept.',
  },
  CATALOG_UNAVAILABLE: {
    message: 'the catalog at {server} cannot be reached: {reason}; nothing was changed',
    retryable: true,
    mend: 'Start the PostgreSQL server or mend the way to it; the service connects by itself.',
  },
  CATALOG_OUTCOME_UNKNOWN: {
    message:
      'the catalog at {server} was lost while it kept the change ({reason}): it may have been kept or not',
    retryable: true,
    mend: 'Look whether the change is there, or try again with the same idempotency key.',
  },
  CATALOG_CONTENDED: {
    message: 'the catalog undid the change {attempts} times, because others stood in its way: {reason}',
    retryable: true,
    mend: 'Try again in a moment.',
  },
  CATALOG_IN_USE: {
    message: 'the catalog at {server} is in use by another service',
    retryable: true,
    mend: 'Stop that service, or start all of them with --mode cluster.',
  },
  CATALOG_UNSUITED: {
    message: 'the catalog at {server} cannot be used: {reason}',
    retryable: false,
    mend: 'Give it a database of PostgreSQL 15 or newer, and a user that owns it, may create roles and is no superuser.',
  },
  MIGRATION_UNKNOWN: {
    message: 'the catalog has the migration {name}, which this version does not know',
    retryable: false,
    mend: 'Use the version of Ringwatch that brought it, or a newer one.',
  },
  MIGRATION_CHANGED: {
    message: 'the migration {name} is not the one that was applied to the catalog',
    retryable: false,
    mend: 'Use the version of Ringwatch that wrote the data folder, or a newer one.',
  },

  // The engines of tenants
  ENGINE_BUSY: {
    message:
      'the engine of the tenant has {frames} frames waiting, and takes no more before it has folded some',
    retryable: true,
    mend: 'Send again after a pause, or send less at once: the tenant sends faster than its rules are worked out.',
  },
  ENGINE_MEMORY: {
    message: 'the tenant holds {held} bytes in memory and may hold {limit}: it takes nothing more in',
    retryable: true,
    mend: 'Delete rows, wait until edges expire, retain them for a shorter time, or have the operator raise the quota; queries, deletions and decisions go on.',
  },
  ENGINE_STOPPED: {
    message: 'the engine of the tenant has stopped: {reason}',
    retryable: true,
    mend: 'The operator mends what the reason names and opens the tenant again; what was acknowledged is kept.',
  },
  ENGINE_CLOSED: {
    message: 'the service is shutting down',
    retryable: true,
    mend: 'Send again once it is back; what was acknowledged is kept.',
  },
  ENGINE_FAILED: {
    message: 'the thread of the engines has ended: {reason}',
    retryable: true,
    mend: 'Start the service again; what was acknowledged is kept.',
  },
  PEER_UNREACHABLE: {
    message: 'there is no way to {address}: {reason}',
    retryable: true,
    mend: 'Start the process that should be there, or mend the network between; what needs it is tried again by itself.',
  },
  PEER_REFUSED: {
    message: '{address} answers {status} to a process of the installation',
    retryable: false,
    mend: 'With 401 the two have different secrets; with 426 they are of versions that do not go together; with 404 it is no worker.',
  },
  WORKER_LOST: {
    message: 'the worker at {address} is out of reach: {reason}',
    retryable: true,
    mend: 'Send again, under the same key where the call writes: it may have been carried out. Another worker takes over by Kafka.',
  },
  WORKER_NONE: {
    message: 'no worker has the tenant',
    retryable: true,
    mend: 'Start a worker, or wait until one has taken the tenant over.',
  },
  FRAME_TOO_LARGE: {
    message: 'a frame of {size} bytes is larger than {limit}',
    retryable: false,
    mend: 'Send fewer or smaller rows at once.',
  },
  ROW_MISFIT: {
    message: 'the row of {relation} was encoded for columns that it does not have',
    retryable: true,
    mend: 'Send the row again: the definitions changed while it was on its way.',
  },
  DECISION_MISSING: {
    message: 'the source {source} has no DECISION',
    retryable: false,
    mend: 'Define one with CREATE DECISION … ON the source, or ingest the event instead.',
  },
  DECISION_FORGOTTEN: {
    message: 'the event {key} was decided at position {position}, and the answer is kept no more',
    retryable: false,
    mend: 'Fold the log again for it, or keep effects for longer.',
  },
  EVENT_TOO_LATE: {
    message: 'the event came at {position}, too late for its source: it is kept, and nothing is decided',
    retryable: false,
    mend: 'Send events in time, or raise allowed_lateness of the source.',
  },
  RULE_VERSION_UNKNOWN: {
    message: 'the rule {name} has no version {version} among those that are kept',
    retryable: false,
    mend: 'Name one of its versions; the history of definitions lists them.',
  },
  DEFINITIONS_BUSY: {
    message: '{waiting} definition texts of the tenant wait already to be checked',
    retryable: true,
    mend: 'Send the text again when some of them are answered.',
  },
  QUERY_INVALID: {
    message: 'the text is no query: {reason}',
    retryable: false,
    mend: 'Correct the query at the place named; docs/language.md has the grammar.',
  },
  QUERY_BUSY: {
    message: '{waiting} queries of the tenant wait already',
    retryable: true,
    mend: 'Ask again when some of them are answered.',
  },
  QUERY_CANCELLED: {
    message: 'the query was called off after {edges} edges: its time was over, or whoever asked is gone',
    retryable: true,
    mend: 'Ask for less at once: begin at a vertex that is known, or set a BUDGET.',
  },
  QUERY_FAILED: {
    message: 'the query could not be answered: {reason}',
    retryable: true,
    mend: 'Ask again; if it stays so, ask for less at once.',
  },
  PARAMETER_INVALID: {
    message: 'the parameter {name} is wrong: {reason}',
    retryable: false,
    mend: 'Give every parameter without default a value of its type.',
  },
  EFFECTS_FORGOTTEN: {
    message: 'effects before number {start} are kept no more',
    retryable: false,
    mend: 'Begin at the first number that is kept, or keep effects for longer.',
  },

  // Subscriptions
  SUBSCRIBER_TOO_SLOW: {
    message: 'the subscriber left {messages} messages of {bytes} bytes waiting',
    retryable: true,
    mend: 'Read faster or subscribe to less, then subscribe again; alerts after the last position seen are sent first.',
  },
  SUBSCRIPTION_INTERRUPTED: {
    message: 'messages from other processes of the service may have been missed',
    retryable: true,
    mend: 'Subscribe again; alerts after the last position seen are sent first.',
  },
  // Requests
  REQUEST_INVALID: {
    message: 'the request cannot be read: {reason}',
    retryable: false,
    mend: 'Send it as HTTP/1.1 and docs/api.md say.',
  },
  REQUEST_TOO_SLOW: {
    message: 'the request was not there within {limit} ms',
    retryable: true,
    mend: 'Send it in one go, or look for what slows the connection.',
  },
  ROUTE_UNKNOWN: {
    message: 'there is nothing at {method} {route}',
    retryable: false,
    mend: '`docs/api.md` lists the addresses and their methods.',
  },
  HEADERS_TOO_LARGE: {
    message: 'the headers hold more than {limit} bytes',
    retryable: false,
    mend: 'Send fewer or shorter headers.',
  },
  MEDIA_TYPE_UNKNOWN: {
    message: 'the Content-Type {found} is not read here',
    retryable: false,
    mend: 'Send {expected}.',
  },
  ENCODING_UNKNOWN: {
    message: 'the Content-Encoding {found} is not read here',
    retryable: false,
    mend: 'Send the body as it is, or packed once with gzip.',
  },
  BODY_TOO_LARGE: {
    message: 'the body holds more than {limit} bytes',
    retryable: false,
    mend: 'Send it in several requests. Rows that the answer counts are kept.',
  },
  BODY_RATIO: {
    message: 'the body unpacks to more than {limit} times its size',
    retryable: false,
    mend: 'Send it unpacked, or in several requests. Rows that the answer counts are kept.',
  },
  ROWS_REJECTED: {
    message: '{count} rows were rejected, more than the {limit} that the request bears',
    retryable: false,
    mend: 'Mend the rows that the answer lists, and go on with the row that `rows` says. Rows that the answer counts are kept.',
  },
  BODY_CORRUPT: {
    message: 'the body cannot be unpacked: {reason}',
    retryable: false,
    mend: 'Pack it again with gzip. Rows that the answer counts are kept.',
  },
  BODY_TOO_SLOW: {
    message: 'the body comes too slowly: {reason}',
    retryable: true,
    mend: 'Send what is left in another request. Rows that the answer counts are kept.',
  },
  BODY_BROKEN_OFF: {
    message: 'the connection ended in the middle of the body',
    retryable: true,
    mend: 'Send it again: events with a PRIMARY KEY and table rows are recognised.',
  },
  BODIES_BUSY: {
    message: '{limit} bodies are being read already',
    retryable: true,
    mend: 'Send fewer at once; one body may hold any number of rows.',
  },
  CROSS_SITE: {
    message: 'the request has no x-ringwatch-csrf header that belongs to its session',
    retryable: false,
    mend: 'Send the one that the session was opened with, or sign in by an Authorization header.',
  },
  SERVICE_STOPPING: {
    message: 'the service is shutting down',
    retryable: true,
    mend: 'Send again once it is back; what was acknowledged is kept.',
  },
  INTERNAL: {
    message: 'a bug of ringwatch: request {request}',
    retryable: false,
    mend: 'Report it with the id of the request; the log of the service says more.',
  },
  CONFIG_INVALID: {
    message: 'the setting {setting} ({from}) is wrong: {reason}',
    retryable: false,
    mend: 'Correct it; `ringwatch serve --help` says what it takes.',
  },
  LISTEN_FAILED: {
    message: 'cannot listen on {address}: {reason}',
    retryable: true,
    mend: 'Stop what has the port, or choose another with --port.',
  },

  SOCKETS_TOO_MANY: {
    message: 'more than {limit} WebSockets are open',
    retryable: true,
    mend: 'Close some; several subscriptions share one WebSocket.',
  },
  SUBSCRIPTIONS_TOO_MANY: {
    message: 'more than {limit} subscriptions on one WebSocket',
    retryable: false,
    mend: 'End some, or ask for less often changing things by queries.',
  },
  // GraphQL
  GRAPHQL_REQUEST: {
    message: 'the request is no GraphQL request: {reason}',
    retryable: false,
    mend: 'Send a JSON object with `query`, and `variables` and `operationName` where they are needed.',
  },
  GRAPHQL_BATCH: {
    message: 'several operations came in one request',
    retryable: false,
    mend: 'Send one operation a request, or ask for several fields in one operation.',
  },
  GRAPHQL_SYNTAX: {
    message: '{reason}',
    retryable: false,
    mend: 'Correct the document at the place named.',
  },
  GRAPHQL_INVALID: {
    message: '{reason}',
    retryable: false,
    mend: 'Correct the document at the place named; schema/*.graphql is the contract.',
  },
  GRAPHQL_VARIABLES: {
    message: '{reason}',
    retryable: false,
    mend: 'Give every variable a value of its type.',
  },
  GRAPHQL_OPERATION: {
    message: '{reason}',
    retryable: false,
    mend: 'Name an operation of the document in `operationName`; subscriptions go over a WebSocket.',
  },
  GRAPHQL_TOO_LARGE: {
    message: 'the document has more than {limit} {what}',
    retryable: false,
    mend: 'Ask for less at once.',
  },
  GRAPHQL_TOO_DEEP: {
    message: 'the document nests deeper than {limit} levels',
    retryable: false,
    mend: 'Ask for what is deeper by its id, in another request.',
  },
  GRAPHQL_TOO_MANY: {
    message: 'the document has more than {limit} {what}',
    retryable: false,
    mend: 'Ask for less at once.',
  },
  GRAPHQL_COST: {
    message: 'the operation costs {cost}, more than {limit}',
    retryable: false,
    mend: 'Ask for fewer entries (`first`) or fields; `extensions.cost` says what an operation costs.',
  },
  GRAPHQL_TIMEOUT: {
    message: 'the operation took longer than {limit} ms',
    retryable: true,
    mend: 'Ask for less at once. A mutation may have been done: ask again with the same idempotencyKey.',
  },
  GRAPHQL_INTROSPECTION: {
    message: 'introspection is switched off',
    retryable: false,
    mend: 'The contract is in schema/*.graphql; the operator can switch introspection on.',
  },
  DEFINITIONS_INVALID: {
    message: 'the definitions have {count} errors',
    retryable: false,
    mend: 'Correct them; `check` tells each with its place.',
  },
  EVENT_REJECTED: {
    message: 'the event is not taken: {code}, {reason}',
    retryable: false,
    mend: 'Correct the event; docs/errors.md has the code that is named.',
  },
  CONSISTENCY_UNAVAILABLE: {
    message: '{level} is more than the tenant has: its log is {consistency}',
    retryable: false,
    mend: 'Ask for SESSION with the token of a write, BOUNDED or EVENTUAL.',
  },
  WRITE_UNKNOWN: {
    message: 'the log ends before offset {offset}, which the token names',
    retryable: false,
    mend: 'Give the token of a write to this tenant and this installation.',
  },
  CURSOR_EXPIRED: {
    message: 'what the cursor is a place in is not there any more',
    retryable: false,
    mend: 'Ask for the first page again.',
  },
  // The command line and its files
  COMMAND_UNKNOWN: {
    message: 'there is no command {command}',
    retryable: false,
    mend: '`ringwatch --help` lists the commands.',
  },
  OPTION_UNKNOWN: {
    message: '`ringwatch {command}` has no option {option}',
    retryable: false,
    mend: '`--help` after the command lists the options.',
  },
  OPTION_INVALID: {
    message: 'the option {option} is wrong: {reason}',
    retryable: false,
    mend: 'Correct the option; `--help` after the command says what it takes.',
  },
  ARGUMENT_MISSING: {
    message: '`ringwatch {command}` needs {argument}',
    retryable: false,
    mend: 'Add the argument; `--help` after the command shows where.',
  },
  ARGUMENT_UNEXPECTED: {
    message: '`ringwatch {command}` takes no further argument, but got {argument}',
    retryable: false,
    mend: 'Remove the argument; values of options follow their option.',
  },
  FILE_NOT_FOUND: {
    message: 'there is no file {path}',
    retryable: false,
    mend: 'Check the path; relative ones start at the folder in which the command runs.',
  },
  FILE_UNREADABLE: {
    message: 'the file {path} cannot be read: {reason}',
    retryable: true,
    mend: 'Give this user the right to read it, or name another file.',
  },
  FILE_UNWRITABLE: {
    message: 'the file {path} cannot be written: {reason}',
    retryable: true,
    mend: 'Give this user the right to write there, free space, or name another file.',
  },
  HEADER_INVALID: {
    message: 'the header of {path} cannot be used: {reason}',
    retryable: false,
    mend: 'The first line of a CSV file names its fields, each once, as the columns are named.',
  },
  FILE_CHANGED: {
    message: 'the file {path} has changed within the {bytes} bytes that were read of it: {reason}',
    retryable: false,
    mend: 'Put the file back as it was: new rows belong behind the old ones, or into a file of another name.',
  },
  SERVICE_REFUSED: {
    message: 'the service refuses {operation}: {code}: {reason}',
    retryable: false,
    mend: 'Do what docs/errors.md says of that code, then run the same command again: it goes on from where it was.',
  },
  SERVICE_LOST: {
    message: 'the service does not answer {operation}: {reason}',
    retryable: true,
    mend: 'Look into its log, `service.log` in the folder of the demo, then run the same command again.',
  },
  DELIVERIES_MISSING: {
    message:
      '{missing} alerts were raised and did not come to the receiver, the last {seconds} s none at all',
    retryable: true,
    mend: 'Run the same command again: what waits is sent at its start. `service.log` in the folder of the demo may say why.',
  },
  DATA_FOLDER_NOT_FOUND: {
    message: '{path} is no data folder of ringwatch',
    retryable: false,
    mend: 'Name the folder that `ringwatch run --data` made.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** An operating error: expected, coded, and told to a user with what is wrong, where, and what to do. */
export class RingwatchError extends Error {
  override readonly name = 'RingwatchError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** Where in a definition text. */
  readonly position: SourcePosition | null;
  /** The nearest known name, or another suggestion; a whole sentence. */
  readonly hint: string | null;

  constructor(
    code: ErrorCode,
    details: ErrorDetails = {},
    where: {
      readonly position?: SourcePosition | null;
      readonly hint?: string | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(
      fill(ERRORS[code].message, details),
      where.cause === undefined ? undefined : { cause: where.cause },
    );
    this.code = code;
    this.details = details;
    this.position = where.position ?? null;
    this.hint = where.hint ?? null;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get mend(): string {
    return ERRORS[this.code].mend;
  }

  /**
   * What may be told to somebody outside of this machine: where its files lie (a detail called `path`, and paths that the
   * system names in a reason) is left out.
   */
  get outside(): { readonly message: string; readonly details: ErrorDetails } {
    const { path, ...others } = this.details;
    if (path === undefined) return { message: this.message, details: this.details };
    const details = Object.fromEntries(
      Object.entries(others).map(([name, value]) => [
        name,
        typeof value === 'string' ? withoutPlaces(value) : value,
      ]),
    );
    return { message: fill(ERRORS[this.code].message, { ...details, path: LEFT_OUT }), details };
  }
}

const LEFT_OUT = '…';

/** A text with each absolute path in it left out. */
function withoutPlaces(text: string): string {
  return text.replace(/(^|[\s'"`(=])(?:file:\/\/)?(?:\/|[A-Z]:\\)[^\s'"`,;)]+/g, `$1${LEFT_OUT}`);
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : whole,
  );
}
