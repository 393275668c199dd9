import { Link } from '#components/ui/link.tsx'

export default function NotFound() {
  return (
    <main className="mx-auto max-w-md p-8">
      <h1 className="mb-2 font-semibold text-xl">Not found</h1>
      <p>
        There is nothing at this address. <Link href="/">Back to the overview</Link>
      </p>
    </main>
  )
}
