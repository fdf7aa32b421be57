using System.CommandLine;
using System.CommandLine.Invocation;
using Exo.Client.Terminal;

namespace Exo.Client.Commands;

/// <summary>"exo 0.1.0"</summary>
internal sealed class VersionAction(IConsole console) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        console.Out.WriteLine($"exo {typeof(VersionAction).Assembly.GetName().Version?.ToString(3)}");
        return ExitCode.Success;
    }
}
