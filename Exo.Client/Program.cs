using Exo.Api.Local;
using Exo.Api.Remote;
using Exo.Client.Commands;
using Exo.Client.Terminal;

return await ExoCommandLine.RunAsync(args, new SystemConsole(), place => place.Server is { } server ? new HttpExoService(server) : new LocalExoService(residency: place.Residency));
