using System.Buffers.Binary;
using System.Text.Json;
using Hedge.Host.Tools;
using Hedge.Storage;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Checks;

/// <summary>"hedge check" on directories of every kind that nothing has happened to, and for users who make
/// mistakes.</summary>
[TestFixture]
[Category("process")]
public sealed class CheckTests
{
    [Test]
    public async Task A_directory_that_nothing_happened_to_is_whole()
    {
        int first = TestSeed.Next() % 100_000;
        for (int i = 0; i < 6; i++)
        {
            bool isKilled = i % 2 == 0;
            using CheckedDirectory written = await CheckedDirectory.WriteAsync(first + i, isKilled);
            Dictionary<string, (byte[] Bytes, DateTime At)> before = StateOf(written.Data);
            (int code, string output) = CheckedDirectory.Check(written.Data);
            Assert.That(code, Is.EqualTo(ToolExit.Done), $"seed {first + i}, {written.Name}\n{output}");
            long keys = written.Contents.Sum(contents => contents.Count - 1);
            Assert.That(output, Does.Contain($"\n{keys:N0} keys: "), $"seed {first + i}, {written.Name}");
            foreach ((string file, (byte[] bytes, DateTime at)) in StateOf(written.Data))
            {
                bool isSame = before[file].Bytes.AsSpan().SequenceEqual(bytes) && before[file].At == at;
                Assert.That(isSame, Is.True, $"{file} has changed");
            }

            Assert.That(await written.OpenAsync(written.Copy("again")), Is.EqualTo(written.Contents));
        }

        await TestContext.Out.WriteLineAsync($"6 directories, seeds from {first}");
    }

    [Test]
    public async Task A_running_server_is_left_alone()
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        (int code, string output) = CheckedDirectory.Check(server.Directory);
        Assert.That((code, output), Is.EqualTo((ToolExit.Failed,
            $"hedge check: data directory {server.Directory} is in use by another process: "
            + "stop the server first\n")));
    }

    [Test]
    public async Task A_link_to_a_directory_will_do_and_every_line_is_json()
    {
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(7, isKilled: true);
        string link = Path.Combine(written.Path, "link");
        Directory.CreateSymbolicLink(link, written.Data);
        (int code, string output) = CheckedDirectory.Check(link + "/", isJson: true);
        Assert.That(code, Is.Zero, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.All.Matches<string>(line =>
            JsonDocument.Parse(line).RootElement.TryGetProperty("kind", out _)));
        Assert.That(JsonDocument.Parse(lines[^1]).RootElement.GetProperty("isWhole").GetBoolean(), Is.True);
    }

    [Test]
    public void What_is_no_data_directory_cannot_be_checked()
    {
        string empty = Directory.CreateTempSubdirectory("hedge-check-").FullName;
        try
        {
            Assert.That(CheckedDirectory.Check(empty), Is.EqualTo((ToolExit.Failed,
                $"hedge check: {empty} is no data directory of Hedge's\n")));
            Assert.That(Directory.GetFileSystemEntries(empty), Is.Empty);
            Assert.That(CheckedDirectory.Check(empty + "/no"), Is.EqualTo((ToolExit.Failed,
                $"hedge check: {empty}/no does not exist\n")));
            string file = Path.Combine(empty, "file");
            File.WriteAllText(file, "text");
            (int code, string output) = CheckedDirectory.Check(file);
            Assert.That(code, Is.EqualTo(ToolExit.Failed), output);
        }
        finally
        {
            Directory.Delete(empty, true);
        }
    }

    [Test]
    public async Task Another_version_and_an_empty_identity_are_told()
    {
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(8, isKilled: false);
        string identity = Path.Combine(written.Data, "HEDGE");
        byte[] bytes = await File.ReadAllBytesAsync(identity);
        bytes[8] = 9;
        int sum = bytes.Length - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sum), Crc32C.Compute(bytes.AsSpan(0, sum)));
        await File.WriteAllBytesAsync(identity, bytes);
        (int code, string output) = CheckedDirectory.Check(written.Data);
        Assert.That(code, Is.EqualTo(ToolExit.Failed), output);
        Assert.That(output, Does.Contain("has format version 9; this build reads 3"));
        await File.WriteAllBytesAsync(identity, []);
        Assert.That(CheckedDirectory.Check(written.Data).Code, Is.EqualTo(ToolExit.Incomplete));
        File.Delete(identity);
        (code, output) = CheckedDirectory.Check(written.Data);
        Assert.That(code, Is.EqualTo(ToolExit.Incomplete));
        Assert.That(output, Does.Contain("the directory's identity file is missing"));
    }

    private static Dictionary<string, (byte[] Bytes, DateTime At)> StateOf(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).ToDictionary(
            file => file, file => (File.ReadAllBytes(file), File.GetLastWriteTimeUtc(file)));
}
