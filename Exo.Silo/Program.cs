using System.CommandLine;
using Exo.Silo.Configuration;
using Exo.Silo.Hosting;
using Exo.Silo.Stopping;

var root = SiloCommandLine.Build(async given =>
{
    using var signals = new StopSignals();
    var isVerbose = false;
    try
    {
        var values = SettingValues.Read(given, Environment.GetEnvironmentVariable, AppContext.BaseDirectory, Environment.CurrentDirectory);
        var settings = new SettingsReader(values).Read();
        isVerbose = settings.Verbose;
        return await new SiloRun(settings, values, Console.Error, signals).RunAsync();
    }
    catch (Exception failure)
    {
        return StartFailure.Tell(failure, signals, Console.Error, isVerbose);
    }
});
// Signals are StopSignals' business; an error of the command line is a usage error, as in the console.
var parsed = root.Parse(args);
if (SiloCommandLine.Complaint(parsed) is { } complaint)
{
    Console.Error.WriteLine($"exo-silo: {complaint}");
    return ExitCode.Usage;
}
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
