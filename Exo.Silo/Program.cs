using System.CommandLine;
using System.CommandLine.Invocation;
using Exo.Silo.Configuration;
using Exo.Silo.Hosting;
using Exo.Silo.Stopping;

var root = SiloCommandLine.Build(async given =>
{
    using var signals = new StopSignals();
    try
    {
        var values = SettingValues.Read(given, Environment.GetEnvironmentVariable, AppContext.BaseDirectory, Environment.CurrentDirectory);
        return await new SiloRun(new SettingsReader(values).Read(), values, Console.Error, signals).RunAsync();
    }
    catch (Exception failure)
    {
        return StartFailure.Tell(failure, signals, Console.Error);
    }
});
// Signals are StopSignals' business; an error of the command line is a usage error, as in the console.
var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction wrong) wrong.ShowHelp = false;
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
