namespace Exo.Engine;

/// <summary>A model's file is not what it must be: it names the file, the part of it (a tensor, a key) and the problem.</summary>
public sealed class InvalidModelException : Exception
{
    public InvalidModelException(string file, string? part, string problem, Exception? inner = null)
        : base(part is null ? $"{file}: {problem}" : $"{file}: {part}: {problem}", inner)
    {
        File = file;
        Part = part;
    }

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <summary>The tensor or key, or null where the whole file is meant.</summary>
    public string? Part { get; }
}
