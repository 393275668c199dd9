'use client'

import { notifyManager, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { useTRPC, useTRPCClient } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import type { HubEvent } from '#contracts/events.ts'
import { applyEvents, type Outdated, patchEvents, refetch } from './apply.ts'
import { Coalesced } from './coalesced.ts'
import { type Connection, ConnectionStore } from './connection.ts'
import { RecentEvents } from './event-log.ts'
import { Gathered } from './gathered.ts'
import { watchAnswers } from './watch-answers.ts'

interface Live {
  recent: RecentEvents
  connection: ConnectionStore
}

const LiveContext = createContext<Live | null>(null)

/** Fifty running jobs change state many times a second: what shows them is asked for again once a second at most. */
const REFETCH_EVERY_MS = 1000

/** Figures of fifty jobs come one by one: what comes within this is drawn at once. */
const GATHER_MS = 100

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 10_000
/** No browser gives up an attempt that is neither answered nor refused (a line that went dead): it is made anew. */
const ATTEMPT_MS = 15_000

/**
 * The tab's one subscription, from the cursor its first page was rendered at. EventSource reconnects by itself and
 * resumes after the last id; a stream that ended for good (an error answer, a proxy in between) is opened again from the
 * last event seen. A session that has ended leads to the sign-in page.
 */
export function LiveProvider({ cursor, children }: { cursor: string; children: ReactNode }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const [live] = useState<Live>(() => ({ recent: new RecentEvents(cursor), connection: new ConnectionStore() }))

  useEffect(() => {
    const { recent, connection } = live
    const outdated = new Coalesced<Outdated>((thing) => refetch(api, cache, [thing]), REFETCH_EVERY_MS)
    const gathered = new Gathered<HubEvent>((events) => {
      const fresh = events.filter((event) => recent.add(event))
      notifyManager.batch(() => applyEvents(api, cache, fresh, (things) => outdated.add(things)))
    }, GATHER_MS)
    let retryMs = FIRST_RETRY_MS
    let timer: ReturnType<typeof setTimeout> | undefined
    let attempt: ReturnType<typeof setTimeout> | undefined
    let subscription: { unsubscribe(): void } | undefined
    let stopped = false

    const again = () => {
      subscription?.unsubscribe()
      connection.down()
      clearTimeout(attempt)
      clearTimeout(timer)
      if (stopped) return
      timer = setTimeout(open, retryMs)
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
    const open = () => {
      let ended = false
      // What was gathered counts as seen before the stream is asked for what comes after it.
      gathered.flush()
      const end = () => {
        if (ended) return
        ended = true
        if (!stopped) again()
      }
      const up = () => {
        clearTimeout(attempt)
        connection.up()
      }
      const trying = () => {
        clearTimeout(attempt)
        attempt = setTimeout(end, ATTEMPT_MS)
      }
      trying()
      subscription = client.events.subscribe.subscribe(
        { after: recent.newest },
        {
          onStarted: () => {
            retryMs = FIRST_RETRY_MS
            up()
          },
          onData: ({ data }) => {
            up()
            gathered.add(data)
          },
          onConnectionStateChange: ({ state }) => {
            if (state === 'pending') return up()
            connection.down()
            trying()
          },
          onError: (error) => {
            if (problemOf(error).code === 'unauthenticated') location.assign('/sign-in')
            end()
          },
          onComplete: end,
        },
      )
    }
    const unwatch = watchAnswers(api, cache, (seen) => {
      const missed = seen === null ? recent.all() : recent.after(seen)
      if (missed) patchEvents(api, cache, missed)
    })
    open()
    return () => {
      stopped = true
      clearTimeout(attempt)
      clearTimeout(timer)
      connection.stop()
      gathered.stop()
      outdated.stop()
      unwatch()
      subscription?.unsubscribe()
    }
  }, [api, client, cache, live])

  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): Live | null {
  return useContext(LiveContext)
}

const connecting: Connection = { state: 'connecting' }
const never = () => () => undefined

export function useConnection(): Connection {
  const store = useLive()?.connection
  return useSyncExternalStore(store?.watch ?? never, store?.get ?? (() => connecting), () => connecting)
}
