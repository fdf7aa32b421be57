using Exo.Client.Commands;

namespace Exo.Tests.Client;

/// <summary>One run of the program in this process.</summary>
internal sealed class ExoRun
{
    public FakeConsole Console { get; init; } = new();

    public FakeService Service { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string Output => Console.Output.ToString();

    public string Errors => Console.Errors.ToString();

    /// <summary>Runs to the end; what never ends fails after ten seconds.</summary>
    public Task<int> RunAsync(params string[] arguments) =>
        ExoCommandLine.RunAsync(arguments, Console, () => Service, Time).WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>As if this were piped in.</summary>
    public ExoRun Piping(string text)
    {
        Console.In = new StringReader(text);
        return this;
    }
}
