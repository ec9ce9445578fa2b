import { EventEmitter, on } from 'node:events';
import { iso, type SampleAlert, sampleAlert, sampleAlerts } from './sample-alerts.ts';
import { checkText, sampleVersions, TEXTS } from './sample-definitions.ts';
import {
  sampleActivity,
  sampleAudit,
  sampleDeliveries,
  sampleEndpoints,
  sampleUsage,
} from './sample-operations.ts';

/** Who is signed in to the sample service. */
export interface SampleViewer {
  readonly kind: 'KEY' | 'MEMBER' | 'OPERATOR';
  readonly name: string;
  readonly personId: string;
  readonly scopes: readonly string[];
}

type Fields = Record<string, unknown>;
interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}
interface Input {
  readonly input: Readonly<Record<string, unknown>>;
}

const ALL_SCOPES = ['INGEST', 'DECIDE', 'QUERY', 'DEFINE', 'PUBLISH', 'ALERTS', 'ADMIN', 'AUDIT'];
const PEOPLE = ['Mara Lindqvist', 'Jonas Weber', 'Aiko Tanaka', 'Priya Nair'];

/** One tenant's data in memory, answering the contract's fields for whoever is signed in. */
export class SampleTenant {
  /** Who may sign in, by token. */
  readonly viewers = new Map<string, SampleViewer>([
    ['rw_mara', member(0, ALL_SCOPES)],
    ['rw_jonas', member(1, ALL_SCOPES)],
    ['rw_aiko', member(2, ['ALERTS'])],
  ]);
  readonly alerts: SampleAlert[];
  readonly #count: number;
  readonly #raised = new EventEmitter();
  readonly #comments = new Map<string, Fields[]>();
  readonly #versions = sampleVersions();
  readonly #drafts: Fields[] = [];
  readonly #endpoints = sampleEndpoints();
  readonly #deliveries: Fields[];
  readonly #audit = sampleAudit(240);
  #twoPersonRule = true;

  constructor(alerts: number) {
    this.#count = alerts;
    this.alerts = sampleAlerts(alerts);
    this.#deliveries = sampleDeliveries(this.alerts, this.#endpoints);
    const third = this.alerts.at(-3);
    if (third !== undefined) {
      this.#comments.set(third.id, [
        comment('Aiko Tanaka', 'All five accounts were opened at the same branch in October.', 50),
        comment('Jonas Weber', 'Branch confirms. I hold the payout of the last leg.', 21),
      ]);
    }
    if (alerts > 0) {
      const text = TEXTS.at(-1)!.replace("INTERVAL '40 days'", "INTERVAL '60 days'");
      this.#addDraft('mem_2', PEOPLE[1]!, text, 'Watch for sixty days', 'TEXT');
    }
  }

  /** Raises one more alert, as an event would. */
  raise(): SampleAlert {
    const alert = sampleAlert(this.alerts.length, this.#count);
    this.alerts.push(alert);
    this.#raised.emit('alert', alert);
    return alert;
  }

  subscriptions() {
    return {
      alertRaised: (args: { rules?: string[]; severities?: string[]; afterPosition?: string | null }) =>
        this.#follow(args),
    };
  }

  async *#follow(args: { rules?: string[]; severities?: string[]; afterPosition?: string | null }) {
    const events = on(this.#raised, 'alert');
    const fits = (alert: SampleAlert): boolean =>
      (args.rules?.includes(alert.rule) ?? true) && (args.severities?.includes(alert.severity) ?? true);
    const after = BigInt(args.afterPosition ?? '999999999999');
    for (const alert of this.alerts.filter(({ position }) => BigInt(position) > after)) {
      if (fits(alert)) yield { alertRaised: this.#withFields(alert) };
    }
    for await (const [alert] of events as AsyncIterable<[SampleAlert]>) {
      if (fits(alert)) yield { alertRaised: this.#withFields(alert) };
    }
  }

  /** The fields of Query and Mutation for a viewer. */
  roots(viewer: SampleViewer): Fields {
    return {
      ...this.#queries(viewer),
      ...this.#alertMutations(viewer),
      ...this.#definitionMutations(viewer),
      ...this.#otherMutations(),
    };
  }

  #queries(viewer: SampleViewer): Fields {
    return {
      viewer: { ...viewer, tenant: this.#tenantFields() },
      tenants: (args: PageArguments) => page([this.#tenantFields()], args),
      alerts: (args: PageArguments & { filter?: Fields }) => this.#alertPage(args),
      alert: ({ alertId }: { alertId: string }) => {
        const alert = this.alerts.find((each) => each.alertId === alertId);
        return alert === undefined ? null : this.#withFields(alert);
      },
      node: ({ id }: { id: string }) =>
        [
          ...this.#drafts.map((draft) => this.#draftFields(draft, viewer)),
          ...this.#versions,
          ...this.#deliveries,
          ...this.#endpoints,
        ].find((each) => each.id === id) ?? null,
      members: (args: PageArguments) => page(this.#members(), args),
      apiKeys: (args: PageArguments) => page(this.#keys(), args),
      rules: (args: PageArguments) => page(sampleRules(), args),
      sources: (args: PageArguments) => page(sampleSources(), args),
      definitions: () => this.#inForce(),
      definitionVersions: (args: PageArguments) => page([...this.#versions].reverse(), args),
      drafts: (args: PageArguments) =>
        page(
          this.#drafts.map((draft) => this.#draftFields(draft, viewer)),
          args,
        ),
      webhookEndpoints: (args: PageArguments) => page(this.#count === 0 ? [] : this.#endpoints, args),
      deliveries: (args: PageArguments & { filter?: Fields }) =>
        page(this.#deliveriesFor(args.filter ?? {}), args),
      audit: (args: PageArguments & { filter?: Fields }) => page(this.#auditFor(args.filter ?? {}), args),
      verifyAudit: () => ({
        valid: true,
        entries: String(this.#audit.length),
        hash: this.#audit[0]?.hash,
        brokenAt: null,
        reason: null,
      }),
      auditHead: () => ({
        tenantId: 'ten_01JD9',
        sequence: String(this.#audit.length),
        hash: this.#audit[0]?.hash,
        at: iso(Date.now()),
        statement: 'ten_01JD9 240',
        signature: 'c2lnbmF0dXJl',
        publicKey: '-----BEGIN PUBLIC KEY-----',
      }),
      usage: () => sampleUsage(),
      limits: () => ({
        quotas: [
          { name: 'recordsPerMonth', value: '100000000' },
          { name: 'requestsPerSecond', value: '2000' },
          { name: 'queriesPerMonth', value: null },
        ],
        service: [
          { name: 'pageRowsMax', value: '200' },
          { name: 'graphqlCostMax', value: '25000' },
          { name: 'recordBytesMax', value: '1048576' },
        ],
      }),
      throughput: ({ seconds }: { seconds: number }) =>
        sampleActivity(this.#count === 0 ? 0 : seconds).throughput,
      latency: ({ seconds }: { seconds: number }) => sampleActivity(this.#count === 0 ? 0 : seconds).latency,
      health: () => this.#health(),
    };
  }

  #tenantFields(): Fields {
    return {
      __typename: 'Tenant',
      id: 'VGVuOjE',
      tenantId: 'ten_01JD9',
      slug: 'nordhafen',
      name: 'Nordhafen Bank',
      createdAt: iso(Date.UTC(2026, 8, 1)),
      settings: { twoPersonRule: this.#twoPersonRule, historyDays: null },
    };
  }

  #withFields(alert: SampleAlert): Fields {
    return {
      ...alert,
      comments: (args: PageArguments) => page(this.#comments.get(alert.id) ?? [], args),
      deliveries: (args: PageArguments) => page(this.#deliveriesFor({ alertId: alert.alertId }), args),
    };
  }

  #alertPage(args: PageArguments & { filter?: Fields }): Fields {
    const { rules, severities, state, key, assigneeId } = (args.filter ?? {}) as {
      rules?: string[];
      severities?: string[];
      state?: string;
      key?: string;
      assigneeId?: string | null;
    };
    const found = this.alerts.filter(
      (alert) =>
        (rules?.includes(alert.rule) ?? true) &&
        (severities?.includes(alert.severity) ?? true) &&
        (state === undefined || alert.state === state) &&
        (key === undefined || alert.key.some(({ value }) => value === key)) &&
        (assigneeId === undefined || (alert.assignee?.memberId ?? null) === assigneeId),
    );
    const nodes = [...found].reverse().map((alert) => this.#withFields(alert));
    return { ...page(nodes, args), position: this.alerts.at(-1)?.position ?? '0' };
  }

  #deliveriesFor(filter: Fields): Fields[] {
    return this.#deliveries.filter(
      (delivery) =>
        (filter.state === undefined || delivery.state === filter.state) &&
        (filter.endpointId === undefined || (delivery.endpoint as Fields).id === filter.endpointId) &&
        (filter.alertId === undefined || (delivery.alert as Fields | null)?.alertId === filter.alertId),
    );
  }

  #auditFor(filter: Fields): Fields[] {
    return this.#audit.filter(
      (entry) =>
        (filter.kind === undefined || entry.kind === filter.kind) &&
        (filter.actor === undefined || (entry.actor as Fields).name === filter.actor) &&
        (filter.actions === undefined || (filter.actions as string[]).includes(String(entry.action))),
    );
  }

  #members(): Fields[] {
    return PEOPLE.map((name, index) => ({
      __typename: 'Member',
      id: `mem_${index + 1}`,
      name,
      email: `${name.toLowerCase().replace(' ', '.')}@nordhafen.example`,
      scopes: index === 2 ? ['ALERTS'] : index === 3 ? ['ADMIN', 'AUDIT'] : ALL_SCOPES,
      createdAt: iso(Date.UTC(2026, 8, 2 + index)),
      disabledAt: null,
    }));
  }

  #keys(): Fields[] {
    const facts = {
      __typename: 'ApiKey',
      member: null,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: iso(Date.UTC(2026, 10, 22, 6, 29)),
    };
    return [
      {
        ...facts,
        id: 'a1',
        name: 'Card switch, Frankfurt',
        prefix: 'rw_01jd9v2k',
        scopes: ['INGEST', 'DECIDE'],
        state: 'ACTIVE',
        createdAt: iso(Date.UTC(2026, 9, 1)),
      },
      {
        ...facts,
        id: 'a2',
        name: 'Case system',
        prefix: 'rw_01jdb77q',
        scopes: ['ALERTS', 'QUERY'],
        state: 'ACTIVE',
        createdAt: iso(Date.UTC(2026, 9, 9)),
        expiresAt: iso(Date.UTC(2027, 9, 9)),
      },
      {
        ...facts,
        id: 'a3',
        name: 'Rules from the repository',
        prefix: 'rw_01jdc3mm',
        scopes: ['DEFINE'],
        state: 'ACTIVE',
        createdAt: iso(Date.UTC(2026, 9, 12)),
        member: { id: 'mem_1', name: PEOPLE[0] },
        lastUsedAt: null,
      },
      {
        ...facts,
        id: 'a4',
        name: 'Trial',
        prefix: 'rw_01jd20aa',
        scopes: ['INGEST'],
        state: 'REVOKED',
        createdAt: iso(Date.UTC(2026, 8, 5)),
        revokedAt: iso(Date.UTC(2026, 9, 20)),
        lastUsedAt: null,
      },
    ];
  }

  #inForce(): Fields {
    const version = this.#count === 0 ? null : this.#versions.at(-1)!;
    const text = version === null ? '' : String(version.text);
    return { text, version, plan: checkText(text, null).plan ?? '', picture: '' };
  }

  #draftFields(draft: Fields, viewer: SampleViewer): Fields {
    return {
      ...draft,
      publishable: draft.state === 'OPEN' && (!this.#twoPersonRule || draft.personId !== viewer.personId),
      check: () => checkText(String(draft.text), String(this.#versions.at(-1)!.text)),
    };
  }

  #addDraft(
    personId: string,
    author: string,
    text: string,
    said: string,
    purpose: string,
    rule: string | null = null,
  ): Fields {
    const draft: Fields = {
      __typename: 'Draft',
      id: `RHJhZnQ6${this.#drafts.length + 1}`,
      personId,
      author,
      text,
      textHash: '5be1'.repeat(16),
      purpose,
      rule,
      state: 'OPEN',
      comment: said,
      createdAt: iso(Date.UTC(2026, 10, 22, 6, 2)),
      basedOn: this.#versions.at(-1) ?? null,
      published: null,
      allowDrop: false,
    };
    this.#drafts.unshift(draft);
    return draft;
  }

  #health(): Fields {
    return {
      state: 'OK',
      version: '0.1.0',
      startedAt: iso(Date.UTC(2026, 10, 21, 22, 4)),
      parts: [
        { name: 'engine', state: 'OK', message: null },
        { name: 'catalog', state: 'OK', message: null },
        { name: 'delivery', state: 'OK', message: null },
      ],
      engine: {
        position: '1842233',
        offset: '1850120',
        durableOffset: '1850121',
        lag: '1',
        lagMs: 0.4,
        definitionsVersion: this.#count === 0 ? 0 : 3,
        stateBytes: '412800000',
        accepted: '1842233',
        duplicates: '311',
        late: '27',
        refused: '4',
        rejected: { VALUE_INVALID: 6, EVENT_TIME_MISSING: 2 },
        alerts: String(this.alerts.length),
        suppressed: '118',
        afterDeadline: '0',
        decisions: { payment: { approve: 1_802_001, review: 64 } },
      },
    };
  }

  #alertMutations(viewer: SampleViewer): Fields {
    const change = (id: unknown, to: (alert: SampleAlert) => void): Fields => {
      const alert = this.alerts.find((each) => each.id === id);
      if (alert === undefined)
        return { alert: null, userErrors: [problem('NOT_FOUND', 'there is no such alert')] };
      to(alert);
      return { alert: this.#withFields(alert), userErrors: [] };
    };
    return {
      acknowledgeAlert: ({ input }: Input) =>
        change(input.id, (alert) => {
          alert.state = 'ACKNOWLEDGED';
          alert.acknowledgedBy = viewer.name;
          alert.acknowledgedAt = iso(Date.now());
        }),
      reopenAlert: ({ input }: Input) =>
        change(input.id, (alert) => {
          alert.state = 'OPEN';
          alert.acknowledgedBy = null;
          alert.acknowledgedAt = null;
        }),
      assignAlert: ({ input }: Input) =>
        change(input.id, (alert) => {
          const found = this.#members().find(({ id }) => id === input.memberId);
          alert.assignee =
            found === undefined ? null : { memberId: String(found.id), name: String(found.name) };
        }),
      commentAlert: ({ input }: Input) =>
        change(input.id, (alert) => {
          const said = this.#comments.get(alert.id) ?? [];
          this.#comments.set(alert.id, [...said, comment(viewer.name, String(input.text), 0)]);
        }),
    };
  }

  #definitionMutations(viewer: SampleViewer): Fields {
    const drafted = (text: string, said: unknown, purpose: string, rule: string | null = null): Fields => ({
      draft: this.#draftFields(
        this.#addDraft(viewer.personId, viewer.name, text, String(said ?? ''), purpose, rule),
        viewer,
      ),
      userErrors: [],
    });
    const inForce = (): string => String(this.#versions.at(-1)!.text);
    return {
      draftDefinitions: ({ input }: Input) => {
        const check = checkText(String(input.text), inForce());
        if (input.dryRun === true) return { draft: null, check, userErrors: [] };
        if (check.valid !== true) {
          return {
            draft: null,
            check,
            userErrors: [problem('DEFINITIONS_INVALID', 'the text cannot be published')],
          };
        }
        return { ...drafted(String(input.text), input.comment, 'TEXT'), check };
      },
      publishDefinitions: ({ input }: Input) => this.#publish(String(input.draftId), viewer),
      withdrawDraft: ({ input }: Input) => {
        const draft = this.#drafts.find(({ id }) => id === input.id)!;
        draft.state = 'WITHDRAWN';
        return { draft: this.#draftFields(draft, viewer), userErrors: [] };
      },
      disableRule: ({ input }: Input) =>
        drafted(inForce(), input.comment, 'DISABLE_RULE', String(input.rule)),
      enableRule: ({ input }: Input) => drafted(inForce(), input.comment, 'ENABLE_RULE', String(input.rule)),
      rollBackDefinitions: ({ input }: Input) =>
        drafted(TEXTS[Number(input.toVersion) - 1]!, input.comment, 'ROLL_BACK'),
    };
  }

  #publish(draftId: string, viewer: SampleViewer): Fields {
    const draft = this.#drafts.find(({ id }) => id === draftId)!;
    if (this.#twoPersonRule && draft.personId === viewer.personId) {
      const userErrors = [
        problem('SECOND_PERSON_NEEDED', 'a draft is published by another person than its author'),
      ];
      return { version: null, position: null, draft: this.#draftFields(draft, viewer), userErrors };
    }
    const before = this.#versions.at(-1)!;
    const version = {
      ...before,
      id: `RGVmOn${this.#versions.length + 1}`,
      number: this.#versions.length + 1,
      text: draft.text,
      comment: draft.comment,
      publishedBy: viewer.name,
      draftedBy: draft.author,
      publishedAt: iso(Date.now()),
    };
    this.#versions.push(version);
    draft.state = 'PUBLISHED';
    draft.published = version;
    return { version, position: '1842234', draft: this.#draftFields(draft, viewer), userErrors: [] };
  }

  #otherMutations(): Fields {
    const endpoint = (id: unknown, to: Fields): Fields => {
      const found = this.#endpoints.find((each) => each.id === id)!;
      Object.assign(found, to);
      return { endpoint: found, userErrors: [] };
    };
    return {
      createWebhookEndpoint: ({ input }: Input) => {
        const made = {
          ...this.#endpoints[0],
          ...input,
          id: `RXA6${this.#endpoints.length}`,
          state: 'ENABLED',
          oldSecretUntil: null,
          createdAt: iso(Date.now()),
        };
        this.#endpoints.push(made);
        return { endpoint: made, secret: 'whsec_c2FtcGxlLXNlY3JldC1vZi10aGUtY29uc29sZQ==', userErrors: [] };
      },
      updateWebhookEndpoint: ({ input }: Input) => endpoint(input.id, { ...input }),
      enableWebhookEndpoint: ({ input }: Input) =>
        endpoint(input.id, { state: 'ENABLED', stateReason: null }),
      disableWebhookEndpoint: ({ input }: Input) => endpoint(input.id, { state: 'DISABLED' }),
      rotateWebhookSecret: ({ input }: Input) => ({
        ...endpoint(input.id, { oldSecretUntil: iso(Date.now() + 86_400_000) }),
        secret: 'whsec_bmV3LXNlY3JldA==',
      }),
      replayDelivery: ({ input }: Input) => {
        const delivery = this.#deliveries.find(({ id }) => id === input.id)!;
        delivery.state = 'PENDING';
        delivery.nextAttemptAt = iso(Date.now());
        return { delivery, userErrors: [] };
      },
      replayDeliveries: () => ({ count: 17, userErrors: [] }),
      createApiKey: () => ({ apiKey: this.#keys()[0], secret: 'rw_01jdsamplekey_c2FtcGxl', userErrors: [] }),
      revokeApiKey: () => ({ apiKey: { ...this.#keys()[0], state: 'REVOKED' }, userErrors: [] }),
      updateTenant: ({ input }: Input) => {
        if (input.twoPersonRule !== undefined) this.#twoPersonRule = input.twoPersonRule === true;
        return { tenant: this.#tenantFields(), userErrors: [] };
      },
    };
  }
}

function member(index: number, scopes: readonly string[]): SampleViewer {
  return { kind: 'MEMBER', name: PEOPLE[index]!, personId: `mem_${index + 1}`, scopes };
}

function comment(author: string, text: string, minutesAgo: number): Fields {
  return {
    id: `Q29t${author}${text.length}`,
    author,
    text,
    createdAt: iso(Date.UTC(2026, 10, 22, 6, 30) - minutesAgo * 60_000),
  };
}

function problem(code: string, message: string): Fields {
  const mend =
    code === 'SECOND_PERSON_NEEDED'
      ? 'Ask a colleague with the scope publish to publish it.'
      : 'See docs/errors.md.';
  return { code, message, field: null, mend, hint: null, retryable: false };
}

function sampleRules(): Fields[] {
  const facts = {
    __typename: 'Rule',
    version: 2,
    enabled: true,
    relation: 'transfers',
    graphView: 'capital_flow',
    outcome: 'review',
    refuses: false,
    webhooks: [],
    partial: '0',
  };
  return [
    {
      ...facts,
      id: 'r1',
      name: 'cash_out_ring',
      text: '',
      alertTitle: 'Cash-out ring',
      severity: 'HIGH',
      firings: '1842233',
      jobs: '1842233',
      edgesVisited: '402118733',
    },
    {
      ...facts,
      id: 'r2',
      name: 'velocity',
      text: '',
      enabled: false,
      alertTitle: 'Many transfers in an hour',
      severity: 'LOW',
      graphView: null,
      outcome: null,
      firings: '311',
      jobs: '0',
      edgesVisited: '0',
    },
  ];
}

function sampleSources(): Fields[] {
  return [
    {
      __typename: 'Source',
      id: 's1',
      name: 'transfers',
      columns: [],
      eventTime: 'at',
      watermark: iso(Date.now() - 2_100),
      idle: false,
      behindMs: 2_100,
      decision: { name: 'payment', outcomes: [], default: 'approve', fallback: 'review', deadlineMs: 200 },
    },
    {
      __typename: 'Source',
      id: 's2',
      name: 'logins',
      columns: [],
      eventTime: 'at',
      watermark: null,
      idle: true,
      behindMs: null,
      decision: null,
    },
  ];
}

function page(all: readonly Fields[], { first, after }: PageArguments): Fields {
  const start = after === undefined || after === null ? 0 : Number(after);
  const nodes = all.slice(start, start + first);
  const end = start + nodes.length;
  return {
    nodes,
    edges: nodes.map((node, index) => ({ cursor: String(start + index + 1), node })),
    totalCount: all.length,
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: nodes.length === 0 ? null : String(start + 1),
      endCursor: nodes.length === 0 ? null : String(end),
    },
  };
}
