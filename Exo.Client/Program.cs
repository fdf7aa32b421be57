using Exo.Client.Commands;
using Exo.Client.Terminal;

return await ExoCommandLine.RunAsync(args, new SystemConsole(), Services.Open);
