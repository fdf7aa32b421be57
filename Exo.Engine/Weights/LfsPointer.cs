namespace Exo.Engine.Weights;

/// <summary>What stands in a large file's place where a repository was cloned without Git LFS: three lines of text.</summary>
internal static class LfsPointer
{
    /// <summary>A pointer's lines have no more bytes, says its specification.</summary>
    private const int LongestPointer = 1024;

    /// <exception cref="InvalidModelException">The file is a pointer to the one that is wanted.</exception>
    public static void Refuse(string path, ReadOnlySpan<byte> file)
    {
        if (file.Length < LongestPointer && file.StartsWith("version https://git-lfs.github.com/spec/"u8))
            throw new InvalidModelException(path, null, "is a Git LFS pointer, not the file itself: fetch that with 'git lfs pull' in the repository's folder, or pull the model");
    }
}
