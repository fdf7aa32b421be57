namespace Exo.Client.Terminal;

/// <summary>All that the program knows of the world a person sits in; tests put another in its place.</summary>
internal interface IConsole
{
    /// <summary>The answer and nothing else. UTF-8; flush it where something should be seen.</summary>
    /// <remarks>Writing throws <see cref="OutputClosedException"/> once the reader has gone away, and an <see cref="Exo.Api.ExoException"/> where a disk fails.</remarks>
    TextWriter Out { get; }

    /// <summary>Bars, notices, errors, from any thread. Flushes itself.</summary>
    TextWriter Error { get; }

    TextReader In { get; }

    bool InputIsTerminal { get; }

    bool OutputIsTerminal { get; }

    bool ErrorIsTerminal { get; }

    /// <summary>The terminal understands cursor codes. Only of use where a stream is a terminal.</summary>
    bool HasCursor { get; }

    /// <summary>Colours are wanted (NO_COLOR is not set). Only of use where a stream is a terminal.</summary>
    bool HasColor { get; }

    /// <summary>Rows that no longer fit are broken when the terminal is made narrower, as most do; the others cut them.</summary>
    bool Reflows { get; }

    /// <summary>Columns; 80 where that can't be told.</summary>
    int Width { get; }

    /// <summary>Rows; 24 where that can't be told.</summary>
    int Height { get; }

    /// <summary>
    /// Which stay at the terminal this is. Ctrl-Z ends one and <c>fg</c> begins the next, with the shell's rows below what was drawn; null in between, in the background too.
    /// </summary>
    int? Stay { get; }

    /// <summary>The process runs as a shell's background job: rows may be written, keys may not be read.</summary>
    bool IsInBackground { get; }

    /// <summary>The lines drawn at the bottom now; what is told meanwhile goes above them. Null where there are none.</summary>
    LiveArea? Live { get; set; }

    /// <summary>Single keys from the terminal, unechoed.</summary>
    IKeySource Keys { get; }

    /// <summary>
    /// Asks to be told of Ctrl-C and of requests to end. The latest listener is asked first; one that returns true has dealt with
    /// the signal, and where none does the process ends. Called on a thread of its own.
    /// </summary>
    IDisposable Listen(Func<StopSignal, bool> listener);
}

/// <summary>Keys as they are pressed.</summary>
internal interface IKeySource
{
    /// <summary>Makes keys come one by one, Ctrl-C among them, until the result is disposed.</summary>
    IDisposable Begin();

    /// <summary>Waits for a key; null at the end of the input.</summary>
    ConsoleKeyInfo? Read();

    /// <summary>A key can be read without waiting.</summary>
    bool IsAvailable { get; }
}

/// <summary>What the outside asks of the process.</summary>
internal enum StopSignal
{
    /// <summary>Ctrl-C.</summary>
    Interrupt,

    /// <summary>SIGTERM, or the terminal has gone.</summary>
    Terminate,
}

/// <summary>Whoever read the output has gone: `exo run … | head -1`. There is nobody left to tell.</summary>
internal sealed class OutputClosedException(Exception inner) : Exception("The output's reader has gone away.", inner);
