// Light or dark as the dashboard is (next-themes keeps the choice), else as the system is, also when that changes.
const chosen = localStorage.getItem('theme')
const system = matchMedia('(prefers-color-scheme: dark)')
const paint = () => {
  const dark = chosen === 'dark' || (chosen !== 'light' && system.matches)
  document.documentElement.classList.toggle('dark-mode', dark)
}
paint()
system.addEventListener('change', paint)

window.ui = window.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  // A service of another host, which would be told what this hub can do.
  validatorUrl: null,
})
