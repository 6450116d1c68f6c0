// Written over whatever the client sent, so the API can believe them. Host itself must be the function address's own, and
// the first entry of X-Forwarded-For is only the client's claim.
function handler(event) {
  var request = event.request;
  var host = request.headers.host;
  request.headers['x-stellarr-host'] = { value: host ? host.value : '' };
  request.headers['x-stellarr-address'] = { value: event.viewer.ip };
  return request;
}
