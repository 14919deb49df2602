# The sessions that this process has given to PowerCLI: a table by session id, of the whole process as PowerCLI's own list of
# connections is. A session is entered before PowerCLI is asked to connect, so that nobody takes the connection for somebody
# else's, and stays until it has been released, whatever became of the connection. Changes are made under a lock.
#
# An entry is a hashtable:
#   SessionId
#   Server, Port, Org, User    by which PowerCLI knows the connection
#   Connection                 PowerCLI's object, once it is known
#   MayBeOpen                  whether PowerCLI may still have the connection
#   Holders                    one for each who asked: Session, as Resolve-Session gives it, and IsSole, whether nobody but the
#                              connection has it

function Use-PowerCliSessionTable {
    # Runs a script block with the table while no other runspace does.
    param([scriptblock] $Body)

    $domain = [System.AppDomain]::CurrentDomain
    Use-TypeLock {
        if ($null -eq $domain.GetData('VcdBearer.PowerCliSessions')) {
            # Session ids mind the case.
            $domain.SetData('VcdBearer.PowerCliSessions', [hashtable]::new([System.StringComparer]::Ordinal))
        }
    }
    $table = $domain.GetData('VcdBearer.PowerCliSessions')
    Use-Lock $table $Body $table
}

function Add-PowerCliSession {
    # Enters what PowerCLI is about to be given; returns whether the holder is new.
    param([hashtable] $Request, [object] $IsSoleHolder)

    Use-PowerCliSessionTable {
        param($Table)
        Remove-ExpiredEntry $Table
        $entry = $Table[$Request.SessionId]
        if (-not $entry) {
            $entry = $Table[$Request.SessionId] = @{
                SessionId  = $Request.SessionId
                Server     = $Request.Server
                Port       = $Request.Port
                Org        = $Request.Org
                User       = $Request.User
                Connection = $null
                Holders    = @()
            }
        }
        $entry.MayBeOpen = $true
        if ($entry.Connection -and -not $entry.Connection.IsConnected) {
            $entry.Connection = $null
        }
        # A session that is shared comes with a number for each who asked.
        $isNew = @($entry.Holders | ForEach-Object { $_.Session.Number }) -notcontains $Request.Session.Number
        if ($isNew) {
            $entry.Holders += @{ Session = $Request.Session; IsSole = $IsSoleHolder }
        }
        $isNew
    }
}

function Remove-PowerCliSession {
    # Strikes a holder out, and the entry with the last one.
    param([hashtable] $Entry, [hashtable] $Session)

    Use-PowerCliSessionTable {
        param($Table)
        $Entry.Holders = @($Entry.Holders | Where-Object { $_.Session.Number -ne $Session.Number })
        if (-not $Entry.Holders -and $Table[$Entry.SessionId] -eq $Entry) {
            $Table.Remove($Entry.SessionId)
        }
    }
}

function Remove-ExpiredEntry {
    # Forgets sessions without a connection that have run out: who reconnects with new ones would collect them.
    param([hashtable] $Table)

    $now = [datetime]::Now
    foreach ($entry in @($Table.Values)) {
        $isAlive = $entry.Holders | Where-Object { -not $_.Session.ExpiresAt -or $_.Session.ExpiresAt -gt $now }
        if (-not $entry.MayBeOpen -and -not $isAlive) {
            $Table.Remove($entry.SessionId)
        }
    }
}

function Get-PowerCliSession {
    # All entries.
    Use-PowerCliSessionTable { param($Table) @($Table.Values) }
}

function Find-PowerCliSession {
    # The entry of a session id; nothing if there is none.
    param([string] $SessionId)

    Use-PowerCliSessionTable { param($Table) $Table[$SessionId] }
}
