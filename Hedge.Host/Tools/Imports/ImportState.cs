using System.Text.Json;
using Hedge.Host.Settings;

namespace Hedge.Host.Tools.Imports;

/// <summary>How far an import from a running server has come, in a file, so that it can go on
/// later.</summary>
/// <param name="Source">The server's address.</param>
/// <param name="Database">The database that is being read.</param>
/// <param name="Cursor">SCAN's cursor there: everything before it has been sent and answered.</param>
/// <param name="Keys">Keys sent until then.</param>
internal sealed record ImportState(string Source, int Database, string Cursor, long Keys)
{
    /// <summary>What a file says; null when there is none.</summary>
    /// <exception cref="ToolException">It says something else.</exception>
    public static ImportState? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<ImportState>(File.ReadAllBytes(path))
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException problem)
        {
            throw new ToolException(
                $"{path} does not say how far an import has come: {problem.Message}", problem);
        }
    }

    /// <summary>Replaces the file.</summary>
    public void Write(string path) =>
        PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this));
}
