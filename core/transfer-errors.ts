/** Of the table of errors those of transfers. */
export const TRANSFER_ERRORS = {
  TRANSFER_COLUMN_UNKNOWN: {
    message: 'no transfers are possible over {name}',
    retryable: false,
    mend: 'Name a table without WATERMARK and a column of it that is declared CHECK (column >= 0).',
  },
  TRANSFER_AMOUNT_INVALID: {
    message: "'{amount}' cannot be moved: an amount is more than 0 and has no more decimals than its column",
    retryable: false,
    mend: 'Send an amount above 0 with as many decimals as the column keeps; nothing is rounded.',
  },
  TRANSFER_TO_ITSELF: {
    message: 'the giving and the taking row are the same',
    retryable: false,
    mend: 'Name two rows.',
  },
  TRANSFER_ROW_UNKNOWN: {
    message: 'the table has no row with the key of the giving or the taking side',
    retryable: false,
    mend: 'Insert the row first, then send the transfer under a new idempotency key.',
  },
  TRANSFER_BALANCE_NULL: {
    message: 'the balance of the giving or the taking row is NULL',
    retryable: false,
    mend: 'Upsert the row with a balance, then send the transfer under a new idempotency key.',
  },
  TRANSFER_INSUFFICIENT: {
    message: 'the giving row holds less than the amount',
    retryable: false,
    mend: 'Move less, or send it again under a new idempotency key once there is more.',
  },
  TRANSFER_OVERFLOW: {
    message: 'the taking row would hold more than its type allows',
    retryable: false,
    mend: 'Move less, or use a column of a wider type.',
  },
  TRANSFER_TOO_OLD: {
    message: 'the request was first made before the oldest idempotency key that is still remembered',
    retryable: false,
    mend: 'Look at the transfers of the account whether it was done; if not, send it anew with a new key and time.',
  },
  TRANSFER_AHEAD: {
    message: 'issuedAt is further ahead of the clock of the service than is allowed',
    retryable: false,
    mend: 'Correct the clock of the sender.',
  },
} as const;
