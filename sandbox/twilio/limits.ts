/** Of `Body`, and of one variable. https://www.twilio.com/docs/api/errors/21617 */
export const maxBodyChars = 1600;
