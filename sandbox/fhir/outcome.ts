/** OperationOutcome, and the error that carries one. Diagnostics name elements and what was expected, never a value. */

/** https://hl7.org/fhir/R4/valueset-issue-type.html: the codes this server uses. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'code-invalid'
  | 'invariant'
  | 'security'
  | 'login'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'throttled'
  | 'transient'
  | 'exception'
  | 'informational';

export type Issue = {
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  readonly diagnostics: string;
  readonly expression?: readonly string[];
};

export type OperationOutcome = {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly Issue[];
};

export function issue(code: IssueCode, diagnostics: string, ...expression: string[]): Issue {
  return expression.length > 0
    ? { severity: 'error', code, diagnostics, expression }
    : { severity: 'error', code, diagnostics };
}

export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: issues };
}

/** A refusal that the client sees: an HTTP status and its issues. */
export class FhirError extends Error {
  readonly status: number;
  readonly issues: readonly Issue[];
  constructor(status: number, issues: Issue | readonly Issue[]) {
    const list: readonly Issue[] = 'code' in issues ? [issues] : issues;
    super(list[0]?.diagnostics ?? 'refused');
    this.name = 'FhirError';
    this.status = status;
    this.issues = list;
  }

  /** The same refusal, seen from the Bundle that held the entry. */
  within(expression: string): FhirError {
    const issues = this.issues.map((one) => ({
      ...one,
      expression: [expression, ...(one.expression ?? [])],
    }));
    return new FhirError(this.status, issues);
  }
}
