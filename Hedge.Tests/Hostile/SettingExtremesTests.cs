using System.Collections;
using Hedge.Host.Commands;
using Hedge.Host.Hosting;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io.Services;
using Hedge.Tests.Processes;
using Hedge.Tests.Servers;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace Hedge.Tests.Hostile;

/// <summary>The server starts, works and stops with every setting at its smallest and its largest value, and
/// CONFIG SET takes what the start takes. The settings come from their declarations.</summary>
[TestFixture]
[Category("process")]
public sealed class SettingExtremesTests
{
    private static readonly string[] Chosen = ["port", "tls-port", "dir", "bind", "logfile"];

    private int _starts;

    [OneTimeTearDown]
    public void Tell() => Figures.Count("setting-extremes", ("starts", _starts), ("ends", 0));

    public static IEnumerable<TestCaseData> Extremes() =>
        from setting in SettingDeclarations.All
        where !setting.IsConstant && !Chosen.Contains(setting.Name)
        from text in setting.Extremes.Distinct()
        select new TestCaseData(setting.Name, text);

    [TestCaseSource(nameof(Extremes))]
    [TestCase("maxmemory", "1")]
    [TestCase("maxmemory", "1mb")]
    public async Task The_server_works_at(string name, string text)
    {
        string directory = Directory.CreateTempSubdirectory("hedge-extreme-").FullName;
        try
        {
            SettingsReading reading = SettingSources.Read(
                ["--port", "0", "--dir", directory, "--cores", "1", "--loglevel", "warning",
                    "--requirepass", "", $"--{name}", text], new Hashtable(), directory);
            Assert.That(reading.Problems, Is.Empty);
            await Try(reading.Settings!, name, text);
            _starts++;
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    [Test]
    public void Every_value_that_a_setting_calls_its_extreme_is_allowed()
    {
        foreach (Setting setting in SettingDeclarations.All)
        {
            foreach (string text in setting.Extremes)
            {
                object? value = setting.Parse(text, setting.DefaultValue, out string problem);
                Assert.That(value, Is.Not.Null, problem);
            }
        }
    }

    private static async Task Try(ServerSettings settings, string name, string text)
    {
        Server server = new(AllCommands.Table(), new SettingStore(settings, null));
        using ServerLog log = new(server, new SystemClock());
        using Lifetime lifetime = new();
        using HedgeServer hedge = new(server, lifetime, log);
        await hedge.StartAsync(CancellationToken.None);
        try
        {
            using RawClient client = new(server.BoundPort);
            string value = new('v', 5000);
            for (int i = 0; i < 50; i++) client.Call($"SET key{i} {value}", "+OK\n");
            client.Call("DBSIZE\nSTRLEN key7\nMSET a 1 b 2\nINCR a", ":50\n:5000\n+OK\n:2\n");
            client.Call("MULTI\nGET a\nEXEC", "+OK\n+QUEUED\n*1\n$1\n2\n");
            Setting setting = SettingDeclarations.Find(name)!;
            if (setting.Change == SettingChange.AtRunTime && !text.Contains(' ', StringComparison.Ordinal)
                && text.Length > 0 && name != "maxclients")
            {
                client.Call($"CONFIG SET {name} {text}", "+OK\n");
                string back = setting.DefaultText;
                if (back.Length > 0 && !back.Contains(' ', StringComparison.Ordinal))
                    client.Call($"CONFIG SET {name} {back}\nCONFIG SET {name} {text}", "+OK\n+OK\n");
            }

            client.Call("SAVE\nFLUSHALL\nDBSIZE\nPING", "+OK\n+OK\n:0\n+PONG\n");
        }
        finally
        {
            await hedge.StopAsync(CancellationToken.None);
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _source = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _source.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _source.Cancel();

        public void Dispose() => _source.Dispose();
    }
}
