using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A server in a process of its own, on a free port of this machine; killed when disposed.</summary>
public sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly bool _ownsDirectory;
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();

    private ServerProcess(ServerLaunch launch)
    {
        _ownsDirectory = launch.Directory == null;
        Directory = launch.Directory ?? System.IO.Directory.CreateTempSubdirectory("hedge-process-").FullName;
        Port = launch.Port ?? FreePort();
        IReadOnlyList<string> words = launch.CommandLine(Port, Directory);
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // Settings may come from the environment, which is the tests' own here.
        string[] names = [.. start.Environment.Keys];
        foreach (string name in names.Where(n => n.StartsWith("HEDGE_", StringComparison.Ordinal)))
            start.Environment.Remove(name);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception) when (launch.Kind == ServerKind.Redis)
        {
            if (_ownsDirectory) System.IO.Directory.Delete(Directory, true);
            Assert.Ignore($"{words[0]} is not installed");
            throw;
        }

        _reading = Task.WhenAll(Collect(_process.StandardOutput), Collect(_process.StandardError));
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; }

    /// <summary>Its data directory.</summary>
    public string Directory { get; }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Bytes of memory it has.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most bytes of memory it has had.</summary>
    public long ResidentPeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>True until the process is gone.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>Time from the process's start to its first answer.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>What it has written to both outputs so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts a server and waits until it answers PING.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not answer in time;
    /// its output is in the message.
    /// </exception>
    public static async Task<ServerProcess> StartAsync(ServerLaunch? launch = null, string? password = null)
    {
        var server = new ServerProcess(launch ?? new ServerLaunch());
        try
        {
            while (!await server.AnswersAsync(password))
            {
                if (!server.IsRunning)
                    throw new InvalidOperationException($"did not start:\n{server.Output}");
                if (server._sinceStart.Elapsed > StartTimeout)
                    throw new InvalidOperationException($"no answer after {StartTimeout}:\n{server.Output}");
                await Task.Delay(RetryDelay);
            }

            server.StartTime = server._sinceStart.Elapsed;
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts a server that is expected to end by itself.</summary>
    /// <returns>The exit code, and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(ServerLaunch launch)
    {
        using var server = new ServerProcess(launch);
        int exitCode = await server.WaitForExitAsync();
        return (exitCode, server.Output);
    }

    /// <summary>Waits until it has written a text to one of its outputs.</summary>
    public async Task SaysAsync(string text)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (watch.Elapsed > StartTimeout) throw new TimeoutException($"no \"{text}\" in:\n{Output}");
            await Task.Delay(RetryDelay);
        }
    }

    /// <summary>A new connection.</summary>
    public Task<TestConnection> ConnectAsync() => TestConnection.ConnectAsync(Port);

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal by its short name.</summary>
    public async Task SignalAsync(string signal)
    {
        // The shell's own kill: the program is in a package that a small system does not have.
        string command = string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {Id}");
        using Process kill = Process.Start("sh", ["-c", command]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends SIGKILL and waits until the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It goes on.</exception>
    public async Task<int> WaitForExitAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StartTimeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"still running after {StartTimeout}:\n{Output}");
        }

        await _reading;
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsRunning) Kill();
        _process.Dispose();
        if (_ownsDirectory) System.IO.Directory.Delete(Directory, true);
    }

    /// <summary>A port of this machine that nobody listens on.</summary>
    /// <remarks>Below those that the system gives to clients, which could take it at any moment.</remarks>
    internal static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_768));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody listens on it.
            }
        }
    }

    private async Task<bool> AnswersAsync(string? password)
    {
        try
        {
            await using TestConnection connection = await ConnectAsync();
            if (password != null) await connection.CallAsync("AUTH", password);
            RespValue reply = await connection.CallAsync("PING");
            return reply.Text == "PONG";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task Collect(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output) _output.AppendLine(line);
        }
    }
}
