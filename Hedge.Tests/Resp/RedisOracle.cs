using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

/// <summary>
/// A redis-server of a test's own, on a free port, keeping nothing on disk; ends when disposed.
/// </summary>
public sealed class RedisOracle : IDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private RedisOracle(Process process, string directory, int port)
    {
        _process = process;
        _directory = directory;
        Port = port;
    }

    /// <summary>The port on the loopback interface.</summary>
    public int Port { get; }

    /// <summary>Starts one and waits until it answers; ignores the test where none is installed.</summary>
    /// <param name="options">Further command-line options.</param>
    public static async Task<RedisOracle> StartAsync(params string[] options)
    {
        string directory = Directory.CreateTempSubdirectory("hedge-oracle-").FullName;
        int port = FreePort();
        string[] all =
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", directory, .. options];
        Process? process = null;
        try
        {
            ProcessStartInfo start = new("redis-server", all) { RedirectStandardOutput = true };
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Directory.Delete(directory, true);
            Assert.Ignore("redis-server is not installed");
        }

        // The log says when it listens; read on afterwards, or the pipe fills up.
        string? line;
        do line = await process!.StandardOutput.ReadLineAsync();
        while (line is not null && !line.Contains("Ready to accept connections"));
        _ = process.StandardOutput.ReadToEndAsync();
        Assert.That(line, Is.Not.Null, "redis-server did not start");
        return new RedisOracle(process, directory, port);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, true);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
