using System.CommandLine;
using Exo.Api;
using Exo.Client.Terminal;
using Exo.Hub;

namespace Exo.Client.Commands;

/// <summary>One run of the program: from its arguments to its exit code.</summary>
internal static class ExoCommandLine
{
    /// <param name="arguments">The command line.</param>
    /// <param name="console">Where it reads and writes.</param>
    /// <param name="openService">Opens the service: of the server named, or of this process where none is.</param>
    /// <param name="time">Null: the system's.</param>
    /// <param name="environment">Reads an environment variable; null: the process's.</param>
    public static async Task<int> RunAsync(
        string[] arguments, IConsole console, Func<ServicePlace, IExoService> openService, TimeProvider? time = null, Func<string, string?>? environment = null)
    {
        using var stop = new StopScope(console);
        try
        {
            await using var context = new CommandContext(console, openService, stop, time ?? TimeProvider.System, environment ?? Environment.GetEnvironmentVariable);
            var exitCode = await RunAsync(arguments, context);
            console.Out.Flush();
            return exitCode;
        }
        catch (OutputClosedException)
        {
            return ExitCode.OutputClosed;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Of(stop.Signal);
        }
        catch (Exception failure)
        {
            return Report(failure, arguments.Contains(GlobalOptions.Verbose.Name), console);
        }
    }

    private static async Task<int> RunAsync(string[] arguments, CommandContext context)
    {
        // A prompt may begin with '@': that is no response file.
        var parsed = CommandTree.Build(context).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is not HelpWithExamples) // Where help is asked for it is shown, whatever else is wrong.
        {
            Mistyped.Check(parsed);
            if (parsed.Errors.Count > 0)
                throw new ExoException(ExoErrorKind.BadRequest, $"{parsed.Errors[0].Message.TrimEnd('.')}. See '{CommandTree.NameOf(parsed.CommandResult.Command)} --help'");
        }

        context.UseHost(parsed.GetValue(GlobalOptions.Host));
        var invocation = new InvocationConfiguration
        {
            Output = context.Console.Out,
            Error = context.Console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // The signals are StopScope's.
        };
        return await parsed.InvokeAsync(invocation, context.Stop.Token);
    }

    private static int Report(Exception failure, bool verbose, IConsole console)
    {
        Attempt(console.Out.Flush);
        Attempt(() => console.Error.WriteLine($"exo: {OneLine(failure, verbose)}"));
        if (verbose) Attempt(() => console.Error.WriteLine(Printable.Lines(failure.ToString())));
        return failure switch
        {
            ExoException expected => ExitCode.Of(expected.Kind),
            HubException { Error: HubError.UnsafeName } => ExitCode.Usage, // A variable of the environment makes no sense.
            _ => ExitCode.Failure,
        };
    }

    /// <summary>Writes where that can be done: a stream that takes nothing more doesn't change what is told on the other, nor the exit code.</summary>
    private static void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception untold) when (untold is OutputClosedException or ExoException)
        {
            // Nobody is left to tell.
        }
    }

    private static string OneLine(Exception failure, bool verbose)
    {
        var message = Printable.Line(failure.Message);
        if (failure is ExoException or HubException or IOException or UnauthorizedAccessException) return message;
        return $"unexpected {failure.GetType().Name}: {message}" + (verbose ? "" : " (--verbose shows where)");
    }
}
