using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Clients;

/// <summary>Clients of other languages: each is a script that checks itself and says what it did.</summary>
[TestFixture]
public sealed class ScriptTests : ClientFixture
{
    private static string Folder => Path.Combine(Repository.Root, "Hedge.Tests", "Clients");

    // Debian's packages belong to Debian's interpreter.
    private static string Python => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    [TestCase("redis-py.py", "redis")]
    [TestCase("django-redis.py", "django_redis")]
    [TestCase("celery-checks.py", "celery")]
    public async Task Clients_in_Python_work(string script, string module)
    {
        string package = $"python3-{module.Replace('_', '-')}";
        ProgramResult found = await ExternalProgram.RunAsync(Python, ["-c", $"import redis, {module}"]);
        if (found.ExitCode != 0) Assert.Ignore($"{package} is not installed");
        await RunScript(Python, script);
    }

    [Test]
    public async Task Ioredis_works()
    {
        NeedsPackage("ioredis");
        await RunScript("node", "ioredis.mjs");
    }

    [TestCase("2")]
    [TestCase("3")]
    public async Task Node_redis_works(string protocol)
    {
        NeedsPackage("redis");
        await RunScript("node", "node-redis.mjs", protocol);
    }

    [Test]
    public async Task Libraries_that_live_by_scripts_work()
    {
        foreach (string package in (string[])["bull", "bullmq", "rate-limiter-flexible", "redlock"])
            NeedsPackage(package);
        await RunScript("node", "job-queues.mjs");
    }

    private static void NeedsPackage(string package)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", package)))
            Assert.Ignore($"npm's {package} is not installed: npm ci --prefix Hedge.Tests/Clients");
    }

    private async Task RunScript(string interpreter, string script, params string[] arguments)
    {
        string[] all = [Path.Combine(Folder, script), $"{Server.Port}", .. arguments];
        ProgramResult result = await ExternalProgram.RunAsync(interpreter, all);
        string context = $"{result.Output}\n--- server:\n{Server.Output}";
        Assert.That(result.ExitCode, Is.Zero, context);
        Assert.That(result.Output, Does.Contain("all passed").And.Not.Contain("FAILED"), context);
    }
}
