export { playStaff, type StaffOptions, type StaffResult } from './play-staff.ts';
export { StaffError } from './staff-client.ts';
