// Pages of the app have no file of their own: they are all index.html. What names a file stays as it is, so that a missing
// one is 404 instead of a page. CustomErrorResponses can't do this: they would turn the API's errors into pages too.
function handler(event) {
  var request = event.request;
  var name = request.uri.substring(request.uri.lastIndexOf('/') + 1);
  var isFile = /\.[A-Za-z0-9]+$/.test(name);
  var isPrivate = request.uri.indexOf('/_app/') === 0 || request.uri.indexOf('/.well-known/') === 0;
  if (!isFile && !isPrivate) {
    request.uri = '/index.html';
  }
  return request;
}
