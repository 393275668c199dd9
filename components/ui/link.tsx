import NextLink from 'next/link'
import type { ComponentProps } from 'react'

/** A link inside the hub. Nothing is fetched before it is clicked: every page is made for its moment. */
export function Link(props: Omit<ComponentProps<typeof NextLink>, 'prefetch'>) {
  return <NextLink {...props} prefetch={false} />
}
