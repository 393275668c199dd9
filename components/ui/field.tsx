import type { InputHTMLAttributes, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'
import type { Problem } from '#contracts/problem.ts'

interface Common {
  name: string
  label: string
  hint?: string
  /** The form's problem: shown here when it is about this field. */
  problem?: Problem | null
}

const look =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-text placeholder:text-muted disabled:opacity-55 aria-invalid:border-bad'

function describe({ name, hint, problem }: Common) {
  const mine = problem?.field === name ? problem.happened.replace(`${name}: `, '') : null
  const ids = [hint ? `${name}-hint` : null, mine ? `${name}-error` : null].filter((id) => id !== null)
  return { mine, aria: { 'aria-invalid': mine ? true : undefined, 'aria-describedby': ids.join(' ') || undefined } }
}

function Label({ field, error }: { field: Common; error: string | null }) {
  return (
    <>
      <label htmlFor={field.name} className="mb-1 block font-medium">
        {field.label}
      </label>
      {field.hint && (
        <p id={`${field.name}-hint`} className="mb-1 text-muted">
          {field.hint}
        </p>
      )}
      {error && (
        <p id={`${field.name}-error`} className="mb-1 text-bad">
          {error}
        </p>
      )}
    </>
  )
}

/** A one-line input with its label, hint and error. */
export function Field({ label, hint, problem, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const field = { name: input.name, label, hint, problem }
  const { mine, aria } = describe(field)
  return (
    <div className="mb-4">
      <Label field={field} error={mine} />
      <input id={input.name} {...aria} {...input} className={`h-9 ${look}`} />
    </div>
  )
}

/** The same for text that is long, such as a key. */
export function TextField({ label, hint, problem, ...input }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const field = { name: input.name, label, hint, problem }
  const { mine, aria } = describe(field)
  return (
    <div className="mb-4">
      <Label field={field} error={mine} />
      <textarea id={input.name} rows={3} {...aria} {...input} className={`py-2 font-mono text-code ${look}`} />
    </div>
  )
}

/** One of several; the browser's own list, which every keyboard, thumb and screen reader knows. */
export function SelectField({ label, hint, problem, ...input }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const field = { name: input.name, label, hint, problem }
  const { mine, aria } = describe(field)
  return (
    <div className="mb-4">
      <Label field={field} error={mine} />
      <select id={input.name} {...aria} {...input} className={`h-9 ${look}`} />
    </div>
  )
}
