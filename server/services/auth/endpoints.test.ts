import { expect, it } from 'vitest'
import { isAuthEndpoint } from './endpoints.ts'

it.each([
  ['POST', '/api/auth/sign-in/email'],
  ['GET', '/api/auth/get-session'],
  ['POST', '/api/auth/two-factor/verify-totp'],
])('answers %s %s', (method, path) => expect(isAuthEndpoint(method, path)).toBe(true))

it.each([
  ['GET', '/api/auth/sign-in/email'],
  ['POST', '/api/auth/sign-in/email/'],
  ['POST', '/api/auth//sign-in/email'],
  ['POST', '/api/auth/SIGN-IN/email'],
  ['POST', '/api/auth/sign-in/%65mail'],
  ['POST', '/api/authsign-in/email'],
  ...[
    ...[
      'sign-up/email',
      'verify-password',
      'change-email',
      'update-user',
      'delete-user',
      'set-password',
      'revoke-sessions',
    ],
    ...[
      'two-factor/send-otp',
      'two-factor/verify-otp',
      'two-factor/get-totp-uri',
      'reset-password',
      'link-social',
      'ok',
    ],
  ].map((name) => ['POST', `/api/auth/${name}`]),
])('answers no %s %s', (method = '', path = '') => expect(isAuthEndpoint(method, path)).toBe(false))
