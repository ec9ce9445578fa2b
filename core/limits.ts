/** Every bound of the product in one place. Past one, the caller gets the error named beside it; nothing grows unseen. */
export const LIMITS = {
  /** UTF-8 bytes of one definition text. TEXT_TOO_LARGE */
  definitionBytesMax: 512 * 1024,
  /** Nesting of parentheses, expressions and branches. NESTING_TOO_DEEP */
  nestingDepthMax: 200,
  /** UTF-8 bytes of a name, as in PostgreSQL, whose parser reads the views. INVALID_DEFINITION */
  identifierBytesMax: 63,
  /** Errors reported for one definition text; the rest shows once these are mended. */
  definitionErrorsMax: 100,
  /** Statements of one definition text. INVALID_DEFINITION */
  statementsMax: 1000,
  /** Columns of one source, table or view, joined ones included. INVALID_DEFINITION */
  relationColumnsMax: 1000,
  /** Variables, named or not, of one rule or query. INVALID_DEFINITION */
  jobVariablesMax: 2000,
  /** Clauses of one rule or query, those of branches included. INVALID_DEFINITION */
  jobClausesMax: 500,
  /** Edges a graph job may visit where its rule or query has no BUDGET; past it the result is `partial`. */
  budgetEdgesDefault: 1_000_000,
  /** Hops that a graph job may try over edges that it has read already and does not count again; past it the result is `partial`. */
  jobHopsMax: 10_000_000,
  /** Edges that the jobs of one record may visit together, those of rules that only report apart; past it they are `partial`. */
  recordEdgesMax: 2_000_000,
  /** Hops that they may try together. */
  recordHopsMax: 10_000_000,
  /** Changes of tables of one record that rules make because of changes by rules; what is past it is not made, and counted. */
  chainedChangesMax: 100_000,
  /** Longest quantified hop count of a path. INVALID_DEFINITION */
  pathHopsMax: 64,
  /** Rows that one graph job may return; past it the result is `partial`. */
  jobRowsMax: 100_000,
  /** Windows of a HOP that one row belongs to: its size over its slide. INVALID_DEFINITION */
  windowsPerRowMax: 10_000,
  /** UTF-16 code units of one TEXT value of the input. VALUE_TOO_LONG */
  textCharsMax: 1_000_000,
  /** Bytes of one row of an input, its line end included; with a quote that is not closed, bytes looked through. ROW_TOO_LONG */
  rowBytesMax: 8 * 1024 * 1024,
  /** Fields of a CSV header. HEADER_INVALID */
  csvFieldsMax: 4096,
  /** Names of unknown fields that are counted each; further ones are counted together. */
  unknownFieldsMax: 100,
  /** Bytes at which a frame of input rows ends, whatever `--batch` says. */
  inputFrameBytes: 4 * 1024 * 1024,
  /** Frames read ahead of the one that is being appended; then reading waits. */
  inputFramesAhead: 4,
  /** Decimal digits of one number of the input. VALUE_OUT_OF_RANGE */
  numericDigitsMax: 1000,
  /** Frames in one commit of the log; more wait for the next. */
  framesPerCommitMax: 512,
  /** Bytes of frames in one commit of the log; more wait for the next, and a larger frame goes alone. */
  logGroupBytesMax: 8 * 1024 * 1024,
  /** Bytes of a file of the log; then the next one is begun. */
  logSegmentBytes: 16 * 1024 * 1024,
  /** Bytes of zeros by which a file of the log grows at once, where small commits make it grow. */
  logRoomBytes: 512 * 1024,
  /** Bytes of a commit that is synced by the thread that folds; larger ones are synced beside the fold. */
  logSyncHereBytesMax: 64 * 1024,
  /** Milliseconds that such a sync may take, by the median of the last few; slower ones, and those beyond a quarter of the time, go beside it. */
  logSyncHereMs: 1,
  /** Bytes of frames in one batch of a log in etcd; more wait for the next, and a larger frame goes alone. */
  etcdBatchBytes: 512 * 1024,
  /** Bytes of one frame in etcd, which takes requests of 1.5 MiB. FRAME_TOO_LARGE */
  etcdFrameBytesMax: 1024 * 1024,
  /** Milliseconds for the first try of a call to etcd; each next one, on another member, has twice as long. */
  etcdAttemptMs: 1000,
  /** Milliseconds for all tries of a call to etcd together. LOG_UNAVAILABLE */
  etcdCallMs: 10_000,
  /** Milliseconds between two tries of which the first failed at once. */
  etcdPauseMs: 100,
  /** Milliseconds after which a follower of a log in etcd, to whom nothing has come while there is more, reads it elsewhere. */
  etcdStallMs: 1000,
  /** Milliseconds without a batch after which a follower asks whether there are more. */
  etcdQuietMs: 5000,
  /** Keys of batches in one answer of etcd. */
  etcdListKeys: 5000,
  /** Batches read from etcd at once, as far as they are */
  etcdReadKeys: 64,
  /** not more bytes than these by the size of the last. */
  etcdReadBytes: 1024 * 1024,
  /** Batches deleted in one transaction; etcd takes 128 operations. */
  etcdTrimKeys: 100,
  /** Newest revisions of an etcd that maintenance leaves: a follower that is further behind reads by ranges. */
  etcdRevisionsKept: 10_000,
  /** Milliseconds in which a member of etcd has to be done with defragmenting. */
  etcdDefragmentMs: 120_000,
  /** Bytes of frames in one batch of a log in Kafka; more wait for the next, and a larger frame goes alone. */
  kafkaBatchBytes: 512 * 1024,
  /** Bytes of one frame in Kafka, of whose topics `max.message.bytes` is a quarter more. FRAME_TOO_LARGE */
  kafkaFrameBytesMax: 1024 * 1024,
  /** Milliseconds for one try of a call to a broker of Kafka; the next is made of the leader of then. */
  kafkaAttemptMs: 2000,
  /** Milliseconds for all tries of a call to Kafka together: longer than it takes to notice a lost broker. LOG_UNAVAILABLE */
  kafkaCallMs: 15_000,
  /** Milliseconds between two tries. */
  kafkaPauseMs: 100,
  /** Milliseconds that a broker holds the question of a follower while there is nothing new. */
  kafkaPollMs: 1000,
  /** Milliseconds after which those who read or write make sure that their topic is the one that it was. */
  kafkaCheckMs: 5000,
  /** Bytes in one answer of Kafka, apart from a batch that is larger alone. */
  kafkaFetchBytes: 1024 * 1024,
  /** Milliseconds after which a worker that says nothing is no member any more. Kafka's group.min.session.timeout.ms is the least. */
  memberSilentMs: 6000,
  /** Milliseconds between a gateway's looks at who the members are. */
  memberLookMs: 500,
  /** Unpacked bytes of an archived segment. A bug beyond: the worker cuts segments well before. */
  segmentBytesMax: 1024 * 1024 * 1024,
  /** Edges of one graph segment. EDGE_LIST_INVALID */
  segmentEdgesMax: 1_000_000_000,
  /** Effects in one entry of the checkpoint store. */
  effectsPerEntryMax: 256,
  /** Frames appended and not folded; whoever appends waits beyond. */
  framesInFlightMax: 16,
  /** A checkpoint is made once so many bytes of state have changed, */
  checkpointChangedBytes: 2 * 1024 * 1024,
  /** the first one after a start after so many, and each next one after twice as many, up to the above, */
  firstCheckpointBytes: 64 * 1024,
  /** or so many records have been folded: what recovery folds again at most, and a little. */
  checkpointRecords: 250_000,
  /** Durations of checkpoint pauses kept for figures. */
  checkpointPausesKept: 10_000,
  /** Bytes of folded log that are archived as one segment. */
  archiveSegmentBytes: 4 * 1024 * 1024,
  /** Transactions of one tenant that wait for the catalog. CATALOG_BUSY */
  catalogTenantQueueMax: 256,
  /** Transactions that wait for the catalog. CATALOG_BUSY */
  catalogQueueMax: 4096,
  /** Milliseconds that the catalog may take for one statement; then its thread is started anew. CATALOG_TIMEOUT */
  catalogStatementMs: 10_000,
  /** Milliseconds that one transaction may stay open. CATALOG_TIMEOUT */
  catalogTransactionMs: 30_000,
  /** Connections to the catalog's server that one process has; one tenant uses half of them at most. */
  catalogConnectionsMax: 10,
  /** Milliseconds that a connection to the catalog's server may take. CATALOG_UNAVAILABLE */
  catalogConnectMs: 5_000,
  /** Milliseconds that one statement may wait for a row that another transaction holds. CATALOG_TIMEOUT */
  catalogLockMs: 5_000,
  /** Milliseconds that a start waits for another service, which has the catalog's server to itself, to end. CATALOG_IN_USE */
  catalogInUseMs: 15_000,
  /** Times that a transaction is begun which the catalog's server undoes by itself. */
  catalogAttemptsMax: 4,
  /** Rows of one page of a list. FIELD_INVALID */
  pageRowsMax: 200,
  /** Milliseconds for which a process of a cluster counts as alive after it was heard of last: then others take what it had under way. */
  serviceLeaseMs: 10_000,
  /** Milliseconds that a publication waits for that of another process to end. PUBLICATION_UNDER_WAY */
  publicationWaitMs: 10_000,
  /** Milliseconds between looks at what other processes of a cluster have changed of tenants, keys and members. */
  directoryPollMs: 400,
  /** Tenants of one installation. QUOTA_EXCEEDED */
  tenantsMax: 1000,
  /** Members of one tenant where its own limit says nothing. QUOTA_EXCEEDED */
  membersMax: 1000,
  /** Keys of one tenant that hold, where its own limit says nothing. QUOTA_EXCEEDED */
  keysMax: 1000,
  /** Keys and sessions of the installation that are known in memory. QUOTA_EXCEEDED */
  credentialsMax: 100_000,
  /** Sessions of the console that one key may have at once; the oldest ends. */
  sessionsPerKeyMax: 20,
  /** Milliseconds that a session of the console lasts. */
  sessionMs: 12 * 60 * 60 * 1000,
  /** UTF-16 code units of a name. FIELD_INVALID */
  nameCharsMax: 200,
  /** UTF-16 code units of a comment. FIELD_INVALID */
  commentCharsMax: 10_000,
  /** Drafts of one tenant that wait to be published. QUOTA_EXCEEDED */
  openDraftsMax: 100,
  /** Alerts that are read at once for a subscription that goes on after a break. */
  alertsSinceMax: 1000,
  /** Requests a second of one tenant where its own limit says nothing. RATE_LIMITED */
  requestsPerSecond: 10_000,
  /** Events and rows a second of one tenant where its own limit says nothing. RATE_LIMITED */
  recordsPerSecond: 1_000_000,
  /** Subscriptions of one tenant at once where its own limit says nothing. QUOTA_EXCEEDED */
  subscriptionsMax: 2000,
  /** Milliseconds between two writings of what was counted in memory: usage, last use of keys. */
  usageFlushMs: 10_000,
  /**
   * Transfers of a tenant whose idempotency keys, outcomes and balances are remembered, the newest; a retry of an older one
   * is known by its issuedAt. TRANSFER_TOO_OLD
   */
  transfersRemembered: 250_000,
  /** Characters that the texts of these may have together, keys of rows and of requests; the oldest are forgotten. TRANSFER_TOO_OLD */
  transferCharsRemembered: 64 * 1024 * 1024,
  /** Milliseconds that the issuedAt of a transfer may be ahead of its arrival. TRANSFER_AHEAD */
  transferAheadMs: 1000,
  /** Transfers of one GraphQL request. FIELD_INVALID */
  graphqlTransfersMax: 1000,
  /** Milliseconds for which the answer under an idempotency key is kept. */
  idempotencyMs: 24 * 60 * 60 * 1000,
  /** Bytes of such an answer; a longer one is not kept, and the request done again. */
  idempotencyAnswerBytesMax: 1024 * 1024,
  /** Characters of an idempotency key. IDEMPOTENCY_KEY_INVALID */
  idempotencyKeyCharsMax: 255,
  /** Bytes of one frame that is handed to an engine. FRAME_TOO_LARGE */
  frameBytesMax: 16 * 1024 * 1024,
  /** Milliseconds that a call waits for a worker that has its tenant. WORKER_NONE, PEER_UNREACHABLE */
  ownerWaitMs: 15_000,
  /** Bytes of one message between processes of an installation; lists of more go in parts. */
  peerMessageBytesMax: 64 * 1024 * 1024,
  /** Rows in one frame of a request's body, */
  bodyFrameRows: 1000,
  /** bytes at which such a frame ends, */
  bodyFrameBytes: 256 * 1024,
  /** and milliseconds after which it ends where the body's next bytes are not there. */
  bodyFrameMs: 20,
  /** Rejected rows of one body after which others come to their turn. */
  bodyRejectedRows: 100,
  /** Frames of one body that are appended and not durable; then its bytes wait. */
  bodyFramesInFlight: 4,
  /** Bytes of one row of a request's body. ROW_TOO_LONG */
  bodyRowBytesMax: 1024 * 1024,
  /** Rejected rows that an answer lists; further ones are counted. */
  rejectedRowsListed: 100,
  /** Rejected rows that a request may ask to bear, `?rejectedMax`: it is then told each of them. ROWS_REJECTED */
  rejectedRowsMax: 10_000,
  /** Bodies of rows of one tenant that are being read at once. BODIES_BUSY */
  bodiesPerTenantMax: 16,
  /** Bodies of rows that are being read at once. BODIES_BUSY */
  bodiesMax: 128,
  /** Bytes of a body of rows, unpacked, unless it is set otherwise. BODY_TOO_LARGE */
  bodyBytesDefault: 1024 * 1024 * 1024,
  /** How many times its own size a packed body may unpack to. BODY_RATIO */
  bodyRatioMax: 200,
  /** Unpacked bytes from which on that is looked at. */
  bodyRatioFromBytes: 4 * 1024 * 1024,
  /** Milliseconds without a byte of a body that is read. BODY_TOO_SLOW */
  bodySilenceMs: 30_000,
  /** Bytes a second of waiting that a body has to bring. BODY_TOO_SLOW */
  bodyBytesPerSecondMin: 256,
  /** Milliseconds of waiting for a body from which on that is looked at. */
  bodyPatienceMs: 60_000,
  /** Requests refused a second for a wrong document or body, of a credential, and WebSockets, of an address too; further ones wait. */
  refusalsPerSecondDefault: 10,
  /** Seconds' worth of these that may come at once. */
  refusalsBurstSeconds: 2,
  /** Requests, or WebSockets, of one credential or address that wait for that at once. RATE_LIMITED */
  refusalsWaitingOfOneMax: 128,
  /** The same of all: requests by themselves, and WebSockets. RATE_LIMITED */
  refusalsWaitingMax: 512,
  /** Credentials and addresses with a refusal of late that are remembered. */
  refusalNamesMax: 10_000,
  /** Milliseconds that a rate limit may hold a body up at once; beyond it is answered. RATE_LIMITED */
  rateWaitMsMax: 10_000,
  /** Bytes of a request's headers. HEADERS_TOO_LARGE */
  headerBytesMax: 16 * 1024,
  /** Milliseconds for a request's headers. REQUEST_TOO_SLOW */
  headersMs: 10_000,
  /** Milliseconds for a whole request that is no body of rows. REQUEST_TOO_SLOW */
  requestMs: 30_000,
  /** Connections open at once; the one without a request that has been so for longest makes room, else further ones are closed. */
  connectionsMax: 4096,
  /** Bytes of a body that was answered before its end which are let pass, unread, before its connection is cut, */
  unreadBodyBytesMax: 64 * 1024 * 1024,
  /** and milliseconds. */
  unreadBodyMs: 5_000,
  /** Milliseconds that requests under way are given when the service stops. SERVICE_STOPPING */
  stopGraceMs: 5_000,
  /** Graph views that /metrics tells the memory of one by one, where it may: the largest; others are told together. */
  metricsViewsMax: 50,
  /** Milliseconds that nobody has read a segment after which it may go to disk where memory is short. */
  segmentColdMs: 60_000,
  /** Bytes of a segment that may go to disk: the first look at it reads it back while all tenants of its engine wait, 0.5 to 2 ms a megabyte. */
  coldSegmentBytesMax: 64 * 1024 * 1024,
  /** Milliseconds of folding after which an engine turns to the next tenant. */
  foldSliceMs: 1,
  /** Bytes of frames of a tenant that are handed over and not folded; whoever appends waits beyond, */
  bytesInFlightMax: 4 * 1024 * 1024,
  /** or beyond so many milliseconds of folding, by what the tenant's frames have taken so far. */
  foldInFlightMs: 20,
  /** Frames of a tenant that wait to be handed over. ENGINE_BUSY */
  framesWaitingMax: 256,
  /** Bytes of these frames. ENGINE_BUSY */
  bytesWaitingMax: 32 * 1024 * 1024,
  /** Events of a tenant to be decided that are not answered, and callers who wait for one. ENGINE_BUSY */
  decisionsInFlightMax: 1024,
  /** So many of these that an event is refused where the oldest has waited for half of its deadline. ENGINE_BUSY */
  decisionsQueuedMin: 64,
  /** Events of one stream of decisions that are being decided; its further bytes wait. */
  decisionsPerStreamMax: 32,
  /** Milliseconds without a byte of a stream of decisions; an empty line is enough. BODY_TOO_SLOW */
  decisionSilenceMs: 120_000,
  /** Entries of effects that one checkpoint forgets at most; the next ones forget the rest. */
  effectEntriesForgottenMax: 1000,
  /** Vertices and edges that an alert carries at most, for drawing. */
  alertElementsMax: 500,
  /** Vertices and edges in the answer to a query. */
  queryElementsMax: 5_000,
  /** Rows in the answer to a query. */
  queryRowsMax: 10_000,
  /** Characters, as JSON, of these rows: the gateway takes an answer apart in one piece. */
  queryAnswerCharsMax: 512 * 1024,
  /** UTF-8 bytes of a query that is given as text. QUERY_INVALID */
  queryTextBytesMax: 32 * 1024,
  /** Edges that a query which is given as text may visit without a BUDGET. */
  queryEdgesDefault: 50_000,
  /** Edges that it may visit with one. */
  queryEdgesMax: 250_000,
  /** Definition texts of a tenant that wait to be checked or compiled. DEFINITIONS_BUSY */
  textsWaitingMax: 16,
  /** Queries of a tenant that wait for their turn; one is answered at a time. QUERY_BUSY */
  queriesWaitingMax: 32,
  /** Threads that answer queries; tenants beyond that share them in turns. */
  queryThreadsMax: 8,
  /** Milliseconds without a query of the tenant after which the copies of its graphs for queries go. */
  queryCopyKeptMs: 60_000,
  /** Bytes of changes to such copies that may be on their way; beyond, they go and are made anew by the next query. */
  queryChangesBytesMax: 16 * 1024 * 1024,
  /** Bytes of changes that go to them together. */
  queryChangesBytes: 64 * 1024,
  /** Edges that a query visits, or hops that it tries, before it looks whether it has been called off. */
  querySliceWork: 4096,
  /** Milliseconds that a query which is called off may take to its next slice; then its thread is ended. */
  queryCancelMs: 1_000,
  /** Queries that are kept compiled, for a tenant. */
  queriesCompiledMax: 64,
  /** The newest events that someone asked for: of them a deadline may speak, and the answer is known where they come again too late. */
  askedEventsKept: 65_536,
  /** Events answered at their deadline of which it is remembered, by position and by key, what the caller was told. */
  missedDeadlinesKept: 100_000,
  /** The newest definition texts that are kept at hand; all of them are in the log. */
  definitionVersionsKept: 100,
  /** Bytes of these texts; the newest one is kept whatever its size. */
  definitionHistoryBytes: 8 * 1024 * 1024,
  /** Milliseconds from one batch of a tenant's effects to the next, unless that is full: what comes up meanwhile goes together. */
  effectBatchMs: 25,
  /** Effects in one batch that a sink is given. */
  effectsPerBatch: 256,
  /** The newest effects of a tenant that stay readable once they are taken, where the operator does not say. */
  effectsKeptDefault: 1_000_000,
  /** The newest effects that `ringwatch run` keeps in a data folder; older ones are said again by folding the log. */
  runEffectsKept: 100_000,
  /** Checkpoints at which a data folder knows how far its output files were. */
  effectNotesMax: 16,
  /** Effects in one page that is read back. */
  effectsPageMax: 1000,
  /** Messages that wait for one subscriber. SUBSCRIBER_TOO_SLOW */
  fanoutQueueMax: 1024,
  /** Bytes of the messages that wait for one subscriber. SUBSCRIBER_TOO_SLOW */
  fanoutQueueBytesMax: 16 * 1024 * 1024,
  /** Milliseconds between asking Redis who subscribes in other processes. */
  fanoutDemandMs: 1000,
  /** Bytes of messages that Redis has not taken; beyond them messages are left out. SUBSCRIPTION_INTERRUPTED */
  fanoutUntakenBytesMax: 8 * 1024 * 1024,
  /** Bytes of a GraphQL request's body. BODY_TOO_LARGE */
  graphqlBodyBytesMax: 2 * 1024 * 1024,
  /** Tokens of a GraphQL document. GRAPHQL_TOO_LARGE */
  graphqlTokensMax: 4000,
  /** Levels of brackets of a GraphQL document. GRAPHQL_TOO_DEEP */
  graphqlNestingMax: 64,
  /** Levels of fields of a GraphQL operation, fragments put in. GRAPHQL_TOO_DEEP */
  graphqlDepthMax: 16,
  /** Aliases of a GraphQL operation, fragments put in. GRAPHQL_TOO_MANY */
  graphqlAliasesMax: 50,
  /** Directives of a GraphQL document. GRAPHQL_TOO_MANY */
  graphqlDirectivesMax: 30,
  /** Fields of Query or Mutation that one GraphQL operation asks for. GRAPHQL_TOO_MANY */
  graphqlRootFieldsMax: 30,
  /** Fields of a GraphQL operation, fragments put in. GRAPHQL_TOO_MANY */
  graphqlFieldsMax: 2000,
  /** Times that one place of a GraphQL operation names the same field, fragments put in. GRAPHQL_TOO_MANY */
  graphqlRepeatsMax: 5,
  /** What one GraphQL operation may cost; the contract says what fields cost. GRAPHQL_COST */
  graphqlCostMax: 25_000,
  /** Milliseconds that a GraphQL query or mutation may take. GRAPHQL_TIMEOUT */
  graphqlMs: 30_000,
  /** GraphQL documents that are kept parsed and checked. */
  graphqlDocumentsKept: 512,
  /** Rows or events in one GraphQL mutation. FIELD_INVALID */
  graphqlRowsMax: 1000,
  /** Levels of lists and objects in a row, or a value, of a GraphQL request. GRAPHQL_VARIABLES */
  rowNestingMax: 64,
  /** Rows of a query's answer in one page. FIELD_INVALID */
  queryPageRowsMax: 1000,
  /** Answers with further pages that are kept. */
  answersKept: 64,
  /** Answers of one tenant that are kept, */
  answersKeptPerTenant: 8,
  /** and for how many milliseconds after they were read last. CURSOR_EXPIRED */
  answerKeptMs: 5 * 60 * 1000,
  /** WebSockets at once; each is one of connectionsMax, so that a quarter of those stays for requests. SOCKETS_TOO_MANY */
  socketsMax: 3072,
  /** WebSockets at once that have not said who they are; the longest makes room; upgrades being looked up. SOCKETS_TOO_MANY */
  socketsUnboundMax: 512,
  /** WebSockets of one tenant at once. SOCKETS_TOO_MANY */
  socketsPerTenantMax: 2000,
  /** Subscriptions on one WebSocket. SUBSCRIPTIONS_TOO_MANY */
  subscriptionsPerSocketMax: 20,
  /** Bytes of one message that a client sends over a WebSocket. */
  socketMessageBytesMax: 64 * 1024,
  /** Messages that a client may send over a WebSocket in a second, on average; twice as many at once. RATE_LIMITED */
  socketMessagesPerSecond: 20,
  /** Milliseconds that a WebSocket may be open before it has said who it is. */
  socketInitMs: 5000,
  /** Milliseconds between pings of WebSockets. */
  socketPingMs: 20_000,
  /** Bytes that wait to be sent over a WebSocket; with more it is closed. SUBSCRIBER_TOO_SLOW */
  socketBufferBytesMax: 4 * 1024 * 1024,
  /** Webhook endpoints of one tenant where its own limit says nothing. QUOTA_EXCEEDED */
  endpointsMax: 50,
  /** Characters of an endpoint's name. FIELD_INVALID */
  endpointNameCharsMax: 63,
  /** Characters of its URL. FIELD_INVALID */
  urlCharsMax: 2048,
  /** Milliseconds for which messages carry a signature of an endpoint's old secret too. */
  oldSecretMs: 24 * 60 * 60 * 1000,
  /** Deliveries that one call asks for again. REPLAY_TOO_LARGE */
  replayDeliveriesMax: 10_000,
  /** The newest attempts of a delivery that are kept. */
  attemptsKept: 50,
  /** Webhook messages on their way to one endpoint, 1 while it fails; the others wait. */
  sendsPerEndpointMax: 8,
  /** Those of one tenant, */
  sendsPerTenantMax: 32,
  /** and those of the service. */
  sendsMax: 128,
  /** Bytes of messages of one tenant that are read at once; one message that is longer goes alone. */
  sendBytesMax: 8 * 1024 * 1024,
  /** Milliseconds that a receiver is given. SEND_TIMEOUT */
  sendMs: 15_000,
  /** Milliseconds that an endpoint is left alone after a failure, doubled by each further one, */
  endpointPauseMs: 1000,
  /** and at most. */
  endpointPauseMsMax: 5 * 60 * 1000,
  /** Milliseconds of nothing but failures after which an endpoint is switched off. */
  endpointFailingMs: 5 * 24 * 60 * 60 * 1000,
  /** Milliseconds that a receiver's `retry-after` may ask for. */
  retryAfterMsMax: 24 * 60 * 60 * 1000,
  /** Bytes of a webhook receiver's answer that are kept, */
  answerBytesKept: 4096,
  /** that are read before the connection is closed, */
  answerBytesMax: 256 * 1024,
  /** and of its headers. */
  answerHeaderBytesMax: 16 * 1024,
  /** Seconds of figures that are kept for charts. */
  seriesSecondsKept: 3600,
} as const;
