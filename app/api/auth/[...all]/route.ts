import { answerAuth } from '#server/web/auth-route.ts'

export const dynamic = 'force-dynamic'

export { answerAuth as GET, answerAuth as POST }
