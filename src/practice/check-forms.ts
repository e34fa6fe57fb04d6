import type { PracticeFinding } from './finding.ts';

export type FormFinding = Omit<PracticeFinding, 'file'>;

/** What is checked of a compiled form here; what a form is otherwise is the intake's to know. */
export type CheckableForm = {
  readonly steps: readonly {
    readonly linkId: string;
    readonly text: Readonly<Record<string, string>>;
    readonly options: readonly {
      readonly code: string;
      readonly display: Readonly<Record<string, string>>;
    }[];
  }[];
};

/** `compileForm` of the intake. It comes as an argument, because the practice stands below the intake. */
export type CompileForm<Form> = (
  questionnaire: unknown,
  languages: readonly string[],
) => { readonly form: Form } | { readonly problems: readonly FormFinding[] };

export type ReadForm<Form> = { readonly questionnaire: unknown; readonly form: Form };

/** Every form of `forms/`, by its name; what is wrong with one goes to `findings`. */
export function readForms<Form extends CheckableForm>(
  files: Readonly<Record<string, string>>,
  languages: readonly string[] | undefined,
  compile: CompileForm<Form>,
  findings: PracticeFinding[],
): Readonly<Record<string, ReadForm<Form>>> {
  const forms: Record<string, ReadForm<Form>> = {};
  for (const [file, text] of Object.entries(files)) {
    const name = /^forms\/([^/]+)\.json$/.exec(file)?.[1];
    if (name === undefined) continue;
    const questionnaire = parseJson(text);
    if (questionnaire === undefined) {
      findings.push({
        file,
        path: '',
        problem: 'not JSON',
        example: '{ "resourceType": "Questionnaire", … }',
      });
    } else if (languages) {
      const compiled = compile(questionnaire, languages);
      if ('problems' in compiled)
        findings.push(...compiled.problems.map((finding) => ({ file, ...finding })));
      else {
        findings.push(...checkLimits(compiled.form).map((finding) => ({ file, ...finding })));
        forms[name] = { questionnaire, form: compiled.form };
      }
    }
  }
  return forms;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What fits a question with choices at every provider: the narrowest is WhatsApp
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages).
 * A title that is too long for a button is shown in a list; one that is too long for a list cannot be tapped at all.
 */
const maxTitleChars = 24;
const maxQuestionChars = 1024;
/** Of the tap's id, `a:<linkId>:<code>`. */
const maxIdChars = 200;

function checkLimits({ steps }: CheckableForm): FormFinding[] {
  return steps.flatMap(({ linkId, text, options }) => {
    const place = `the question "${linkId}"`;
    const long = Object.entries(text).filter(([, question]) => question.length > maxQuestionChars);
    return [
      ...long.map(([language]) => tooLong(place, `the text in "${language}"`, maxQuestionChars)),
      ...options.flatMap(({ code, display }) => {
        const titles = Object.entries(display).filter(([, title]) => title.length > maxTitleChars);
        const id = `a:${encodeURIComponent(linkId)}:${encodeURIComponent(code)}`;
        return [
          ...titles.map(([language]) =>
            tooLong(place, `the option "${code}" in "${language}"`, maxTitleChars),
          ),
          ...(id.length > maxIdChars
            ? [tooLong(place, `the code "${code}" with its linkId`, maxIdChars)]
            : []),
        ];
      }),
    ];
  });
}

function tooLong(path: string, what: string, limit: number): FormFinding {
  return {
    path,
    problem: `${what} is longer than ${limit} characters`,
    example: `at most ${limit} characters`,
  };
}
