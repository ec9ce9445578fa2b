import { askService } from '../tools/serve-process.ts';

/** What a person or program may do, as the schema names it. */
export type ScopeName = 'INGEST' | 'DECIDE' | 'QUERY' | 'ALERTS' | 'DEFINE' | 'PUBLISH' | 'ADMIN' | 'AUDIT';

/** A person of the bank, with a key to sign in with. */
export interface Person {
  readonly name: string;
  readonly memberId: string;
  readonly token: string;
}

/** A service that runs. */
export interface RunningService {
  /** Without a path: `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly adminToken: string;
}

/** A tenant, as an operator sets it up. */
export class Bank {
  readonly slug: string;
  readonly #service: RunningService;
  #ingestToken = '';

  private constructor(service: RunningService, slug: string) {
    this.#service = service;
    this.slug = slug;
  }

  /** Makes the tenant, with a key for the system that sends transfers. */
  static async open(service: RunningService, name: string, slug: string): Promise<Bank> {
    const bank = new Bank(service, slug);
    await askService(
      service.address,
      service.adminToken,
      'mutation($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { code message } } }',
      { input: { name, slug } },
    );
    bank.#ingestToken = await bank.key('Core banking', ['INGEST', 'DECIDE']);
    return bank;
  }

  get address(): string {
    return this.#service.address;
  }

  get consoleUrl(): string {
    return `${this.address}/console/`;
  }

  /** Asks as the operator, for the tenant. Throws what is in `errors` or `userErrors`. */
  async ask(text: string, variables: object = {}): Promise<Record<string, unknown>> {
    const { address, adminToken } = this.#service;
    return await askService(address, adminToken, text, variables, this.slug);
  }

  async person(name: string, email: string, scopes: readonly ScopeName[]): Promise<Person> {
    const data = await this.ask(
      `mutation($input: CreateMemberInput!) { createMember(input: $input) {
        member { id } userErrors { code message } } }`,
      { input: { name, email, scopes } },
    );
    const memberId = (data.createMember as { member: { id: string } }).member.id;
    return { name, memberId, token: await this.key(`${name}’s console`, scopes, { memberId }) };
  }

  /** A new key's secret. */
  async key(
    name: string,
    scopes: readonly ScopeName[],
    more: { readonly memberId?: string; readonly expiresAt?: string } = {},
  ): Promise<string> {
    const data = await this.ask(
      `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
        secret userErrors { code message } } }`,
      { input: { name, scopes, ...more } },
    );
    return (data.createApiKey as { secret: string }).secret;
  }

  /** Drafts a text; the draft's id. */
  async draft(text: string, comment: string, author: Person): Promise<string> {
    const drafted = await askService(
      this.#service.address,
      author.token,
      `mutation($input: DraftDefinitionsInput!) { draftDefinitions(input: $input) {
        draft { id } userErrors { code message } } }`,
      { input: { text, comment } },
    );
    return (drafted.draftDefinitions as { draft: { id: string } }).draft.id;
  }

  /** Brings a text into force: one person drafts it, another publishes it. */
  async publish(text: string, comment: string, author: Person, publisher: Person): Promise<void> {
    const draftId = await this.draft(text, comment, author);
    await askService(
      this.#service.address,
      publisher.token,
      'mutation($input: PublishDefinitionsInput!) { publishDefinitions(input: $input) { userErrors { code message } } }',
      { input: { draftId } },
    );
  }

  /** An endpoint for every alert; its id. */
  async endpoint(name: string, url: string, description: string | null = null): Promise<string> {
    const data = await this.ask(
      `mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        endpoint { id } userErrors { code message } } }`,
      { input: { name, url, description, rules: [] } },
    );
    return (data.createWebhookEndpoint as { endpoint: { id: string } }).endpoint.id;
  }

  /** Asks for the decision on a transfer, as a core banking system would before it is paid. */
  async decide(event: object): Promise<void> {
    await askService(
      this.address,
      this.#ingestToken,
      'mutation($input: DecideInput!) { decide(input: $input) { userErrors { code message } } }',
      { input: { source: 'transfers', event } },
    );
  }

  /** Sends rows by the batch API, as a core banking system would, and waits until they are folded. */
  async send(
    place: 'sources/transfers/events' | 'tables/accounts/rows',
    rows: readonly object[],
  ): Promise<void> {
    const response = await fetch(`${this.#service.address}/v1/${place}?wait=applied`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#ingestToken}`, 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    });
    const answer = (await response.json()) as { readonly accepted?: number };
    if (!response.ok || answer.accepted !== rows.length) {
      throw new Error(`the rows were not taken: ${response.status} ${JSON.stringify(answer)}`);
    }
  }
}
