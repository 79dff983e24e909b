/** An SDK client that answers each command by a function of its input; a command that is not expected is an error. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>;

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: unknown;
}

/** `asked` takes the inputs of all commands, in order. */
export function answeringClient<Client>(answers: Answers, asked: unknown[] = []): Client {
  const send = async ({ constructor: { name }, input }: Command) => {
    const answer = answers[name.replace(/Command$/, "")];
    if (!answer) throw new Error(`Nobody expected ${name}.`);
    asked.push(input);
    return answer(input as never);
  };
  return { send } as unknown as Client;
}

/** An error as AWS names it. */
export function awsError(name: string): Error {
  return Object.assign(new Error(name), { name });
}
