import { type RoutingSettings, routingFile } from './practice.ts';

/** How conversations with staff end in a practice that has no `routing.yaml`. In the shipped languages. */
export const defaultRouting: RoutingSettings = routingFile.parse({
  resolutionCodes: [
    { id: 'answered', name: { en: 'Question answered', pt: 'Dúvida respondida', es: 'Consulta respondida' } },
    { id: 'booked', name: { en: 'Visit booked', pt: 'Consulta marcada', es: 'Cita reservada' } },
    {
      id: 'details-corrected',
      name: { en: 'Details corrected', pt: 'Dados corrigidos', es: 'Datos corregidos' },
    },
    {
      id: 'referred',
      name: { en: 'Referred elsewhere', pt: 'Encaminhado a outro serviço', es: 'Derivado a otro servicio' },
    },
    { id: 'no-answer', name: { en: 'No answer', pt: 'Sem resposta', es: 'Sin respuesta' } },
    { id: 'spam', name: { en: 'Spam', pt: 'Spam', es: 'Spam' } },
  ],
});
