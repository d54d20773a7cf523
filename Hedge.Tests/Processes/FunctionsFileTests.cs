using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>The file of functions: what was answered is in it, and a damaged one is not overlooked.</summary>
[TestFixture]
[Category("process")]
internal sealed class FunctionsFileTests
{
    private const string FileName = "FUNCTIONS";

    private string _directory = "";

    private ServerLaunch Launch => new()
    {
        Kind = ServerKind.Hedge,
        Directory = _directory,
        Settings = [("appendfsync", "no"), ("cores", "2")],
    };

    private string FilePath => Path.Combine(_directory, FileName);

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-functions-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [Test]
    public async Task Functions_survive_kills_right_after_the_reply_and_a_restart()
    {
        const int rounds = 4;
        for (int round = 0; round <= rounds; round++)
        {
            using ServerProcess server = await ServerProcess.StartAsync(Launch);
            await using TestConnection connection = await server.ConnectAsync();
            for (int i = 0; i < round; i++)
                Assert.That((await connection.CallAsync("FCALL", $"f{i}", "0")).Integer, Is.EqualTo(100 + i));
            Assert.That((await connection.CallAsync("FUNCTION", "LIST")).Children, Has.Count.EqualTo(round));
            if (round == rounds)
            {
                Assert.That((await connection.CallAsync("FUNCTION", "DELETE", "lib0")).Text,
                    Is.EqualTo("OK"));
                server.Kill();
                break;
            }

            string library = $"#!lua name=lib{round}\n"
                + $"redis.register_function('f{round}', function() return {100 + round} end)";
            Assert.That((await connection.CallAsync("FUNCTION", "LOAD", library)).Text,
                Is.EqualTo($"lib{round}"));
            if (round == 1) Assert.That(await server.TerminateAsync(), Is.Zero);
            else server.Kill();
        }

        using ServerProcess last = await ServerProcess.StartAsync(Launch);
        await using TestConnection client = await last.ConnectAsync();
        Assert.That((await client.CallAsync("FUNCTION", "LIST")).Children, Has.Count.EqualTo(rounds - 1));
        Assert.That((await client.CallAsync("FCALL", "f0", "0")).Text, Is.EqualTo("ERR Function not found"));
    }

    [TestCase("a changed byte at the beginning")]
    [TestCase("a changed byte in the middle")]
    [TestCase("a changed byte at the end")]
    [TestCase("the last byte is missing")]
    [TestCase("nothing is in it")]
    public async Task A_damaged_file_stops_the_start_and_is_named(string damage)
    {
        using (ServerProcess server = await ServerProcess.StartAsync(Launch))
        {
            await using TestConnection connection = await server.ConnectAsync();
            string library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
            Assert.That((await connection.CallAsync("FUNCTION", "LOAD", library)).Text, Is.EqualTo("lib"));
            Assert.That(await server.TerminateAsync(), Is.Zero);
        }

        byte[] bytes = await File.ReadAllBytesAsync(FilePath);
        byte[] damaged = [.. bytes];
        switch (damage)
        {
            case "a changed byte at the beginning":
                damaged[0] ^= 1;
                break;
            case "a changed byte in the middle":
                damaged[bytes.Length / 2] ^= 0x10;
                break;
            case "a changed byte at the end":
                damaged[^1] ^= 0x80;
                break;
            case "the last byte is missing":
                damaged = damaged[..^1];
                break;
            default:
                damaged = [];
                break;
        }

        await File.WriteAllBytesAsync(FilePath, damaged);
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(Launch);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain(FileName).And.Not.Contain("   at "), "a message, no stack trace");
        Assert.That(await File.ReadAllBytesAsync(FilePath), Is.EqualTo(damaged), "left as it is");

        await File.WriteAllBytesAsync(FilePath, bytes);
        using ServerProcess again = await ServerProcess.StartAsync(Launch);
        await using TestConnection client = await again.ConnectAsync();
        Assert.That((await client.CallAsync("FCALL", "f", "0")).Integer, Is.EqualTo(1));
    }
}
