using System.Globalization;
using Hedge.Host.Servers;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>Control groups of both versions, as the kernel shows them.</summary>
[TestFixture]
internal sealed class ContainerLimitsTests
{
    private const string Mount2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
    private string _root = "";

    [SetUp]
    public void Make() => _root = Directory.CreateTempSubdirectory("hedge-cgroup-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_root, true);

    [Test]
    [Category("fast")]
    public void Version_2_is_read_from_the_group_upwards()
    {
        Write("proc/self/cgroup", "0::/a/b\n");
        Write("proc/self/mountinfo", Mount2);
        Write("sys/fs/cgroup/a/b/memory.max", "max\n");
        Write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
        Write("sys/fs/cgroup/a/memory.max", "536870912\n");
        Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
        Assert.That(ContainerLimits.Read(_root), Is.EqualTo(new ContainerLimits(512L << 20, 1.5)));
        Write("sys/fs/cgroup/a/b/memory.max", "1048576\n");
        Assert.That(ContainerLimits.Read(_root).MemoryBytes, Is.EqualTo(1 << 20));
    }

    [Test]
    [Category("fast")]
    public void Inside_a_container_the_group_is_at_the_top()
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", Mount2);
        Write("sys/fs/cgroup/memory.max", "1073741824\n");
        Write("sys/fs/cgroup/cpu.max", "50000 100000\n");
        Assert.That(ContainerLimits.Read(_root), Is.EqualTo(new ContainerLimits(1L << 30, 0.5)));
    }

    [Test]
    [Category("fast")]
    public void Version_1_has_a_folder_for_each_controller()
    {
        Write("proc/self/cgroup", "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n1:name=systemd:/docker/x\n");
        Write("proc/self/mountinfo",
            "31 24 0:27 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
            + "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "200000\n");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000\n");
        Assert.That(ContainerLimits.Read(_root), Is.EqualTo(new ContainerLimits(256L << 20, 2)));
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "-1\n");
        Assert.That(ContainerLimits.Read(_root), Is.EqualTo(new ContainerLimits(null, null)));
    }

    [Test]
    [Category("fast")]
    public void Without_control_groups_there_is_no_limit() =>
        Assert.That(ContainerLimits.Read(_root), Is.EqualTo(new ContainerLimits(null, null)));

    [Test]
    [Category("process")]
    public async Task A_server_says_what_its_container_allows()
    {
        using MemoryContainer container = MemoryContainer.Make(512L << 20);
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Launcher = container.Launcher,
        });
        await using TestConnection client = await server.ConnectAsync();
        Dictionary<string, string> info = await MonitoredProcess.InfoAsync(client);
        long budget = long.Parse(info["maxmemory"], CultureInfo.InvariantCulture);
        Assert.That(info["container_memory_limit"], Is.EqualTo($"{512 << 20}"));
        Assert.That(budget, Is.LessThanOrEqualTo(256 << 20));
        Assert.That(server.Output, Does.Contain("Control group: memory 512 MiB, processors not limited; "
            + $"maxmemory {budget >> 20} MiB (by default)"));
    }

    private void Write(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
