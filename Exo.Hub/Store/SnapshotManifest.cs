using System.Text.Json;
using System.Text.Json.Serialization;
using Exo.Hub.Protocol;

namespace Exo.Hub.Store;

/// <summary>The file list of one commit as the hub gave it, kept beside the snapshot: tells offline what belongs to the model and what it hashes to.</summary>
internal sealed record SnapshotManifest(string RepositoryId, string Commit, IReadOnlyList<HubFile> Files)
{
    /// <summary>Writes it down unless it is there already: a store that others share may be one to read only.</summary>
    public void Save(StoreLayout layout)
    {
        var path = layout.Manifest(Commit);
        var json = JsonSerializer.Serialize(
            new ManifestJson(RepositoryId, Commit, [.. Files.Select(file => new ManifestFileJson(file.Path, file.ByteCount, file.Hash.Text))]), StoreJson.Default.ManifestJson);
        if (AtomicFile.Read(path) != json) AtomicFile.Write(path, json);
    }

    /// <summary>Null where there is none, or it cannot be read.</summary>
    public static SnapshotManifest? Load(StoreLayout layout, string commit)
    {
        try
        {
            if (AtomicFile.Read(layout.Manifest(commit)) is not { } text) return null;
            if (JsonSerializer.Deserialize(text, StoreJson.Default.ManifestJson) is not { } json || json.Commit != commit) return null;
            var files = json.Files.Where(file => RepositoryPath.IsSafe(file.Path) && file.ByteCount >= 0)
                .Select(file => ContentHash.TryParse(file.Hash, out var hash) ? new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = hash } : null);
            return new SnapshotManifest(json.RepositoryId, commit, [.. files.OfType<HubFile>()]);
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // It can always be had again; the snapshot is then judged by its files.
        }
    }
}

internal sealed record ManifestJson(string RepositoryId, string Commit, IReadOnlyList<ManifestFileJson> Files);

internal sealed record ManifestFileJson(string Path, long ByteCount, string Hash);

/// <summary>What a running pull will still write: partial files and their sizes.</summary>
internal sealed record ReservationJson(IReadOnlyList<ReservedFileJson> Files);

internal sealed record ReservedFileJson(string PartialPath, string FinishedPath, long ByteCount);

internal sealed record LeaseJson(string Host, int Process);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ManifestJson))]
[JsonSerializable(typeof(ReservationJson))]
[JsonSerializable(typeof(LeaseJson))]
internal sealed partial class StoreJson : JsonSerializerContext;
