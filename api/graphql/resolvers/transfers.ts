import { RingwatchError } from '../../../core/errors.ts';
import { formatText, toJson } from '../../../core/format-value.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { RememberedTransfer } from '../../../core/ports/engine.ts';
import { declineOf, type SentTransfer, sendTransfers } from '../../transfers/send-transfers.ts';
import {
  fieldsOfRow,
  keyOfRow,
  type TransferTarget,
  transferTarget,
} from '../../transfers/transfer-relation.ts';
import { withTenant } from '../../request-context.ts';
import { formatWriteToken } from '../../write-token.ts';
import { checkFirst, type Connection, connectionOf, pageRequest } from '../connection.ts';
import { engineToRead, type GraphqlContext, notePosition } from '../graphql-context.ts';
import { answerMutation, userError } from '../mutation-answer.ts';
import type { ArgsOf, Plain } from '../resolver-types.ts';
import type { TransferItemInput } from '../schema-inputs.ts';
import { bytesOnce, chunksOf, lineOf } from '../sent-lines.ts';
import type { ResolverModule } from './resolver-module.ts';

/** Transfers: those to carry out, and those of an account. */
export const TRANSFERS: ResolverModule<'transfers' | 'transfer' | 'transferBatch', never> = {
  Query: { transfers: (_, args, context) => transfersOf(context, args) },
  Mutation: {
    transfer: async (_, { input }, context) => {
      const { table, column, ...item } = input;
      // Its key is the log's: the catalog is not asked, and need not be up.
      const request = { ...input, idempotencyKey: null };
      const told: SentTransfer[] = [];
      const answer = await answerMutation(context, 'transfer', request, { transfer: null }, async () => {
        const [sent] = await send(context, table, column ?? null, [item]);
        told.push(sent as SentTransfer);
        return { transfer: resultOf(sent as SentTransfer) };
      });
      const [sent] = told;
      if (sent === undefined || sent.code === null) return answer;
      const error = userError(declineOf(sent.code, table), input);
      const field = sent.field === null ? null : ['input', ...sent.field];
      return { ...answer, userErrors: [{ ...error, message: sent.message ?? error.message, field }] };
    },
    transferBatch: (_, { input }, context) =>
      answerMutation(context, 'transferBatch', input, { transfers: null }, async () => {
        const { table, column, transfers } = input;
        if (transfers.length > LIMITS.graphqlTransfersMax) {
          const reason = `it has more than ${LIMITS.graphqlTransfersMax}`;
          throw new RingwatchError('FIELD_INVALID', { field: 'transfers', reason });
        }
        return { transfers: (await send(context, table, column ?? null, transfers)).map(resultOf) };
      }),
  },
};

async function send(
  context: GraphqlContext,
  table: string,
  column: string | null,
  items: readonly TransferItemInput[],
): Promise<readonly SentTransfer[]> {
  const startedMs = performance.now();
  const bound = withTenant(context);
  const target = await transferTarget(bound.engine, table, column);
  const lines = items.map((item) => lineOf(fieldsOf(target, item)));
  const reading = context.services.encodeBody(target.relation, 'ndjson', chunksOf(lines));
  const sent: SentTransfer[] = [];
  const body = { way: 'graphql', target, reading, bytes: bytesOnce(lines) } as const;
  for await (const { transfers, offset, position } of sendTransfers(
    context.services.transfers,
    bound,
    body,
  )) {
    sent.push(...transfers);
    notePosition(context, position);
    const { id: tenant } = bound.tenant;
    if (offset !== null) context.notes.token = formatWriteToken({ tenant, epoch: 0, offset });
  }
  context.services.series.timed(bound.tenant.id, 'write', performance.now() - startedMs);
  return sent;
}

function fieldsOf(target: TransferTarget, item: TransferItemInput): Readonly<Record<string, unknown>> {
  const { amount, idempotencyKey, issuedAt = null } = item;
  return {
    ...fieldsOfRow(target, item.from, 'from'),
    ...fieldsOfRow(target, item.to, 'to'),
    amount,
    idempotencyKey,
    issuedAt,
  };
}

function resultOf({ field, ...sent }: SentTransfer): Plain<'TransferResult'> {
  const text = (balance: SentTransfer['fromBalance']) => (balance === null ? null : String(balance));
  return {
    ...sent,
    outcome: sent.outcome === 'applied' ? 'APPLIED' : 'DECLINED',
    fromBalance: text(sent.fromBalance),
    toBalance: text(sent.toBalance),
  };
}

async function transfersOf(
  context: GraphqlContext,
  args: ArgsOf<'Query', 'transfers'>,
): Promise<Connection<Plain<'Transfer'>>> {
  const { engine, tenant } = withTenant(context);
  const request = pageRequest(args, Math.min(50, LIMITS.pageRowsMax));
  checkFirst(request.first, LIMITS.pageRowsMax);
  const target = await transferTarget(engine, args.table, args.column ?? null);
  const account = keyOfRow(target, args.account, 'account');
  const { name } = target.relation;
  const before = request.after === null ? null : Number(tenant.cursors.open('transfers', request.after)[0]);
  const found = await (await engineToRead(context)).transfersOf({
    relation: name,
    account,
    before,
    limit: request.first + 1,
  });
  await tenant.audit.recordRead('transfer.list', name);
  const rows = found.slice(0, request.first).map((transfer) => ({
    cursor: tenant.cursors.seal('transfers', [transfer.n]),
    row: transferOf(target, transfer, account),
  }));
  return connectionOf({ rows, hasNextPage: found.length > request.first }, request);
}

function transferOf(
  { plan, key }: TransferTarget,
  { row, code, position, fromBalance, toBalance }: RememberedTransfer,
  account: readonly unknown[],
): Plain<'Transfer'> {
  const { keyWidth, columns } = plan;
  const json = (first: number) =>
    Object.fromEntries(
      key.map((name, n) => [name, toJson(columns[n]?.type ?? { kind: 'null' }, row[first + n] ?? null)]),
    );
  const amountType = columns[2 * keyWidth]?.type ?? { kind: 'null' };
  const isGiving = account.every((value, n) => value === row[n]);
  const balance = isGiving ? fromBalance : toBalance;
  const issuedAt = row[row.length - 1] ?? null;
  const amount = row[2 * keyWidth] ?? null;
  return {
    position: BigInt(position),
    outcome: code === null ? 'APPLIED' : 'DECLINED',
    code,
    from: json(0),
    to: json(keyWidth),
    amount: amount === null ? null : formatText(amountType, amount),
    balance: balance === null ? null : formatText(amountType, balance),
    idempotencyKey: (row[row.length - 2] ?? null) as string | null,
    issuedAt: issuedAt === null ? null : formatText({ kind: 'timestamptz' }, issuedAt),
  };
}
